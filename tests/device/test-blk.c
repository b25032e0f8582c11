/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loopback block device as a program sees it: each request type, each
 * refusal, and every layout that VERSION_1 allows.
 */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "harness.h"

START_TEST(what_is_written_is_read_back)
{
	struct rig rig;

	rig_up(&rig, "blk,size=1M");
	for (uint32_t i = 0; i < 16; i++)
		write_sectors(&rig, i * 128, 65536, i);
	for (uint32_t i = 0; i < 16; i++)
		assert_filled(read_sectors(&rig, i * 128, 65536), 65536, i);
	rig_down(&rig);
}
END_TEST

START_TEST(beyond_the_end_is_an_error)
{
	struct rig rig;
	struct blk_request *req;

	rig_up(&rig, "blk,size=1M");
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 2047, 1024);
	memset(req->data, 0xee, 1024);
	ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(req->used_len, 1);
	ck_assert_int_eq(req->data[0], (char)0xee);
	req = blk_request_new(&rig, VIRTIO_BLK_T_OUT, UINT64_MAX, 512);
	ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_IOERR);
	req = blk_request_new(&rig, VIRTIO_BLK_T_OUT, UINT64_MAX / 512, 512);
	ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_IOERR);
	rig_down(&rig);
}
END_TEST

START_TEST(part_of_a_sector_is_an_error)
{
	struct rig rig;

	rig_up(&rig, "blk,size=1M");
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 511)),
			  VIRTIO_BLK_S_IOERR);
	rig_down(&rig);
}
END_TEST

START_TEST(an_unknown_type_is_unsupported)
{
	struct rig rig;

	rig_up(&rig, "blk");
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, 77, 0, 512)),
			  VIRTIO_BLK_S_UNSUPP);
	rig_down(&rig);
}
END_TEST

START_TEST(what_is_not_offered_is_unsupported)
{
	struct rig rig;

	rig_up(&rig, "blk,no-features=BLK_F_FLUSH+BLK_F_DISCARD");
	ck_assert(!virtio_dev_has_feature(&rig.vdev, VIRTIO_BLK_F_DISCARD));
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_DISCARD, 0, 8, 0), VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_FLUSH, 0, 0)),
			  VIRTIO_BLK_S_UNSUPP);
	rig_down(&rig);
}
END_TEST

START_TEST(a_flush_succeeds)
{
	struct rig rig;

	rig_up(&rig, "blk");
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_FLUSH, 0, 0)),
			  VIRTIO_BLK_S_OK);
	rig_down(&rig);
}
END_TEST

START_TEST(the_serial_is_what_was_asked_for)
{
	struct rig rig;
	struct blk_request *req;

	rig_up(&rig, "blk,serial=0123456789abcdefghij");
	req = blk_request_new(&rig, VIRTIO_BLK_T_GET_ID, 0, 64);
	ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(req->used_len, 21);
	ck_assert_str_eq(req->data, "0123456789abcdefghij");
	rig_down(&rig);
}
END_TEST

START_TEST(zeroes_are_written_to_the_byte)
{
	struct rig rig;
	const char *data;

	rig_up(&rig, "blk,size=1M");
	write_sectors(&rig, 0, 65536, 1);
	/* Neither end is on a page; whole pages lie between. */
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 3, 61, 1), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 65, 1, 0), VIRTIO_BLK_S_OK);
	data = read_sectors(&rig, 0, 65536);
	assert_filled(data, 3 * 512, 1);
	assert_zero(data + 3 * 512, 61 * 512);
	ck_assert(data[64 * 512 + 1] != 0);
	assert_zero(data + 65 * 512, 512);
	rig_down(&rig);
}
END_TEST

START_TEST(a_discard_leaves_its_neighbours)
{
	struct rig rig;
	const char *data;

	rig_up(&rig, "blk,size=1M");
	write_sectors(&rig, 0, 65536, 1);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_DISCARD, 8, 64, 0), VIRTIO_BLK_S_OK);
	data = read_sectors(&rig, 0, 4096);
	assert_filled(data, 4096, 1);
	rig_down(&rig);
}
END_TEST

START_TEST(ranges_are_checked)
{
	struct rig rig;

	rig_up(&rig, "blk,size=1M");
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_DISCARD, 2040, 9, 0), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_DISCARD, 0, 8, 1), VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 2), VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_WRITE_ZEROES, UINT64_MAX, 8, 0),
			  VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, UINT32_MAX, 0),
			  VIRTIO_BLK_S_IOERR);
	rig_down(&rig);
}
END_TEST

/* One byte a segment: header, data and status are cut anywhere. */
START_TEST(a_request_may_be_cut_at_every_byte)
{
	struct rig rig;
	struct iovec iov[16 + 512 + 1];
	struct blk_request *req;
	uint32_t len;

	rig_up(&rig, "blk,queue-size=1024");
	write_sectors(&rig, 5, 512, 9);
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 5, 512);
	for (unsigned i = 0; i < 16; i++)
		iov[i] = (struct iovec){ (char *)req->header + i, 1 };
	for (unsigned i = 0; i < 512; i++)
		iov[16 + i] = (struct iovec){ req->data + i, 1 };
	iov[16 + 512] = (struct iovec){ req->status, 1 };
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, req, iov, 16, 513), 0);
	virtqueue_req_flush(rig.vq);
	ck_assert_ptr_eq(wait_cookie(rig.vq, &len), req);
	ck_assert_uint_eq(len, 513);
	ck_assert_uint_eq(*req->status, VIRTIO_BLK_S_OK);
	assert_filled(req->data, 512, 9);
	rig_down(&rig);
}
END_TEST

START_TEST(header_and_data_may_share_a_segment)
{
	struct rig rig;
	struct virtio_blk_outhdr *header;
	struct iovec iov[2];
	uint8_t *status;

	rig_up(&rig, "blk");
	header = rig_take(&rig, 16 + 512);
	status = rig_take(&rig, 1);
	header->type = htole32(VIRTIO_BLK_T_OUT);
	header->sector = htole64(1);
	fill((char *)(header + 1), 512, 2);
	iov[0] = (struct iovec){ header, 16 + 512 };
	iov[1] = (struct iovec){ status, 1 };
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, NULL, iov, 1, 1), 0);
	virtqueue_req_flush(rig.vq);
	wait_cookie(rig.vq, NULL);
	ck_assert_uint_eq(*status, VIRTIO_BLK_S_OK);
	assert_filled(read_sectors(&rig, 1, 512), 512, 2);
	rig_down(&rig);
}
END_TEST

START_TEST(a_request_without_a_header_is_answered)
{
	struct rig rig;
	struct iovec iov;
	uint8_t *bytes;
	uint32_t len;

	rig_up(&rig, "blk");
	bytes = rig_take(&rig, 64);
	bytes[63] = 0xff;
	iov = (struct iovec){ bytes, 64 };
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, NULL, &iov, 0, 1), 0);
	virtqueue_req_flush(rig.vq);
	wait_cookie(rig.vq, &len);
	ck_assert_uint_eq(bytes[63], VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, NULL, &iov, 1, 0), 0);
	virtqueue_req_flush(rig.vq);
	wait_cookie(rig.vq, &len);
	ck_assert_uint_eq(len, 0);
	rig_down(&rig);
}
END_TEST

START_TEST(limits_that_were_asked_for_are_enforced)
{
	struct rig rig;
	struct blk_request *req;
	struct iovec iov[4];

	rig_up(&rig, "blk,size-max=4K,seg-max=1");
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 8192);
	ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_IOERR);
	iov[0] = (struct iovec){ req->header, 16 };
	iov[1] = (struct iovec){ req->data, 512 };
	iov[2] = (struct iovec){ req->data + 512, 512 };
	iov[3] = (struct iovec){ req->status, 1 };
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, req, iov, 1, 3), 0);
	virtqueue_req_flush(rig.vq);
	wait_cookie(rig.vq, NULL);
	ck_assert_uint_eq(*req->status, VIRTIO_BLK_S_IOERR);
	rig_down(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_written_is_read_back,
		beyond_the_end_is_an_error,
		part_of_a_sector_is_an_error,
		an_unknown_type_is_unsupported,
		what_is_not_offered_is_unsupported,
		a_flush_succeeds,
		the_serial_is_what_was_asked_for,
		zeroes_are_written_to_the_byte,
		a_discard_leaves_its_neighbours,
		ranges_are_checked,
		a_request_may_be_cut_at_every_byte,
		header_and_data_may_share_a_segment,
		a_request_without_a_header_is_answered,
		limits_that_were_asked_for_are_enforced,
	};

	return RUN_TESTS("device/blk", tests);
}
