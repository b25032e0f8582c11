/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building requests: what start, add, submit, flush and abort promise of a
 * request's way to the device, seen from what the device then does.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "harness.h"

/* A read of n sectors, one segment a sector, with header and status. */
static void cut_read(struct rig *rig, struct blk_request **req, struct iovec *iov, unsigned n)
{
	*req = blk_request_new(rig, VIRTIO_BLK_T_IN, 0, n * 512);
	iov[0] = (struct iovec){ (*req)->header, 16 };
	for (unsigned i = 0; i < n; i++)
		iov[1 + i] = (struct iovec){ (*req)->data + i * 512, 512 };
	iov[1 + n] = (struct iovec){ (*req)->status, 1 };
}

static void add(struct virtqueue *vq, const struct iovec *iov, unsigned n,
		enum virtio_desc_type type)
{
	ck_assert_msg(!virtqueue_req_add_iovs(vq, iov, (uint16_t)n, type), "%s",
		      virtio_last_error());
}

/* More than was promised, more than an indirect table holds: it grows. */
START_TEST(a_request_may_outgrow_its_promise)
{
	struct rig rig;
	struct blk_request *req;
	struct iovec iov[130];

	for (unsigned promise = 0; promise < 5; promise++) {
		rig_up(&rig, "blk");
		write_sectors(&rig, 0, 65536, promise);
		cut_read(&rig, &req, iov, 128);
		ck_assert_int_eq(virtqueue_req_start(rig.vq, req, (int)promise), 0);
		add(rig.vq, iov, 1, VIRTIO_DESC_RO);
		for (unsigned i = 1; i < 130; i++)
			add(rig.vq, iov + i, 1, VIRTIO_DESC_WR);
		virtqueue_req_flush(rig.vq);
		blk_wait(rig.vq, 1);
		ck_assert_uint_eq(req->used_len, 65537);
		assert_filled(req->data, 65536, promise);
		ck_assert_uint_eq(virtqueue_free_descs(rig.vq), 256);
		rig_down(&rig);
	}
}
END_TEST

START_TEST(what_does_not_fit_poisons)
{
	struct rig rig;
	struct blk_request *req;
	struct iovec iov[20];
	void *cookie;

	rig_up(&rig, "blk,queue-size=8");
	cut_read(&rig, &req, iov, 10);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, req, 2), 0);
	add(rig.vq, iov, 1, VIRTIO_DESC_RO);
	ck_assert_int_eq(virtqueue_req_add_iovs(rig.vq, iov + 1, 11, VIRTIO_DESC_WR), -ENOMEM);
	virtqueue_req_flush(rig.vq);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 1);
	ck_assert_ptr_eq(cookie, req);
	ck_assert_uint_eq(virtqueue_free_descs(rig.vq), 8);
	rig_down(&rig);
}
END_TEST

START_TEST(a_start_ends_the_request_before)
{
	struct rig rig;
	struct blk_request *req[3];
	struct iovec iov[3];

	rig_up(&rig, "blk");
	for (unsigned i = 0; i < 3; i++) {
		cut_read(&rig, &req[i], iov, 1);
		ck_assert_int_eq(virtqueue_req_start(rig.vq, req[i], 3), 0);
		add(rig.vq, iov, 1, VIRTIO_DESC_RO);
		add(rig.vq, iov + 1, 2, VIRTIO_DESC_WR);
	}
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 3);
	ck_assert(req[0]->done && req[1]->done && req[2]->done);
	rig_down(&rig);
}
END_TEST

START_TEST(an_empty_request_is_dropped)
{
	struct rig rig;
	struct virtqueue_stats stats;
	void *cookie;
	struct iovec nothing = { NULL, 0 };

	rig_up(&rig, "blk");
	ck_assert_int_eq(virtqueue_req_start(rig.vq, &rig, 3), 0);
	virtqueue_req_flush(rig.vq);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, &rig, 3), 0);
	add(rig.vq, &nothing, 1, VIRTIO_DESC_WR);
	add(rig.vq, NULL, 0, VIRTIO_DESC_RO);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, &rig, 3), 0);
	virtqueue_req_flush(rig.vq);
	virtqueue_get_stats(rig.vq, &stats);
	ck_assert_uint_eq(stats.kicks, 0);
	ck_assert_int_eq(virtio_dev_stop(&rig.vdev), 0);
	ck_assert_uint_eq(virtio_recv_pkts(rig.vq, &cookie, NULL, 1), 0);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 0);
	rig_down(&rig);
}
END_TEST

START_TEST(readable_after_writable_poisons)
{
	struct rig rig;
	struct blk_request *req;
	struct iovec iov[3];
	void *cookie;

	rig_up(&rig, "blk");
	cut_read(&rig, &req, iov, 1);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, req, 3), 0);
	add(rig.vq, iov + 1, 2, VIRTIO_DESC_WR);
	ck_assert_int_eq(virtqueue_req_add_iovs(rig.vq, iov, 1, VIRTIO_DESC_RO), -EINVAL);
	ck_assert_int_ne(virtqueue_req_add_iovs(rig.vq, iov + 1, 1, VIRTIO_DESC_WR), 0);
	/* The next start ends it as a flush would. */
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_FLUSH, 0, 0)),
			  VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 1);
	ck_assert_ptr_eq(cookie, req);
	ck_assert_uint_eq(*req->status, 0xff);
	rig_down(&rig);
}
END_TEST

START_TEST(empty_segments_are_skipped)
{
	struct rig rig;
	struct blk_request *req;
	struct iovec iov[3], padded[5];

	rig_up(&rig, "blk");
	write_sectors(&rig, 0, 512, 7);
	cut_read(&rig, &req, iov, 1);
	padded[0] = iov[0];
	padded[1] = (struct iovec){ NULL, 0 };
	padded[2] = iov[1];
	padded[3] = (struct iovec){ &rig, 0 };
	padded[4] = iov[2];
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, req, padded, 2, 3), 0);
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 1);
	assert_filled(req->data, 512, 7);
	rig_down(&rig);
}
END_TEST

START_TEST(an_add_needs_an_open_request)
{
	struct rig rig;
	struct iovec iov;

	rig_up(&rig, "blk");
	iov = (struct iovec){ rig_take(&rig, 16), 16 };
	ck_assert_int_eq(virtqueue_req_add_iovs(rig.vq, &iov, 1, VIRTIO_DESC_RO), -EINVAL);
	assert_error_names("virtqueue_req_start");
	ck_assert_int_eq(virtqueue_req_start(rig.vq, NULL, 1), 0);
	ck_assert_int_eq(virtqueue_req_add_iovs(rig.vq, &iov, 1, 5), -EINVAL);
	virtqueue_req_abort(rig.vq);
	rig_down(&rig);
}
END_TEST

/* A submit that fails changes nothing, an open request before it included. */
START_TEST(a_submit_is_all_or_nothing)
{
	struct rig rig;
	struct blk_request *req;
	struct iovec iov[3], bad[2];
	static char stranger[64];

	rig_up(&rig, "blk,queue-size=8");
	cut_read(&rig, &req, iov, 1);
	bad[0] = iov[0];
	bad[1] = (struct iovec){ stranger, sizeof(stranger) };
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, NULL, bad, 1, 1), -EFAULT);
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, NULL, bad, 0, 0), -EINVAL);
	ck_assert_uint_eq(virtqueue_free_descs(rig.vq), 8);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, req, 3), 0);
	add(rig.vq, iov, 1, VIRTIO_DESC_RO);
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, NULL, bad, 1, 1), -EFAULT);
	add(rig.vq, iov + 1, 2, VIRTIO_DESC_WR);
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 1);
	ck_assert(req->done && *req->status == VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(virtqueue_in_flight(rig.vq), 0);
	rig_down(&rig);
}
END_TEST

START_TEST(a_submit_ends_the_open_request)
{
	struct rig rig;
	struct blk_request *first, *second;
	struct iovec iov[3];

	rig_up(&rig, "blk");
	cut_read(&rig, &first, iov, 1);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, first, 3), 0);
	add(rig.vq, iov, 1, VIRTIO_DESC_RO);
	add(rig.vq, iov + 1, 2, VIRTIO_DESC_WR);
	second = blk_request_new(&rig, VIRTIO_BLK_T_FLUSH, 0, 0);
	ck_assert_int_eq(blk_submit(rig.vq, second), 0);
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 2);
	ck_assert(first->done && second->done);
	rig_down(&rig);
}
END_TEST

START_TEST(more_writable_bytes_than_a_length_can_count_are_refused)
{
	const size_t len = (size_t)1 << 32;
	struct rig rig;
	struct iovec iov;
	uint32_t used;
	void *cookie;
	char *p;

	if (sizeof(size_t) < 8)
		return;
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(virtio_mem_register(p, len, -1, 0, NULL), 0);
	rig_up(&rig, "null");
	iov = (struct iovec){ p, 0xffffffff };
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, NULL, &iov, 0, 1), -EMSGSIZE);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, &rig, 1), 0);
	ck_assert_int_eq(virtqueue_req_add_iovs(rig.vq, &iov, 1, VIRTIO_DESC_WR), -EMSGSIZE);
	virtqueue_req_flush(rig.vq);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 1);
	iov.iov_len = 0xfffffffe;
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, &rig, &iov, 0, 1), 0);
	/* Readable bytes may be 4 GiB, which no descriptor's length can say. */
	iov.iov_len = len;
	ck_assert_int_eq(virtqueue_req_submit(rig.vq, &rig, &iov, 1, 0), 0);
	virtqueue_req_flush(rig.vq);
	wait_cookie(rig.vq, &used);
	wait_cookie(rig.vq, &used);
	ck_assert_uint_eq(virtio_dev_get_status(&rig.vdev) & VIRTIO_CONFIG_S_NEEDS_RESET, 0);
	rig_down(&rig);
	ck_assert_int_eq(virtio_mem_unregister(p, len), 0);
	munmap(p, len);
}
END_TEST

START_TEST(a_full_queue_takes_more_once_it_was_polled)
{
	struct rig rig;
	struct blk_request *req;
	unsigned n = 0;
	void *cookies[4];

	rig_up(&rig, "blk,queue-size=4");
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);
	while (!blk_submit(rig.vq, req))
		n++;
	ck_assert_int_eq(virtqueue_req_start(rig.vq, NULL, 3), -ENOMEM);
	ck_assert_uint_eq(virtqueue_in_flight(rig.vq), n);
	virtqueue_req_flush(rig.vq);
	ck_assert_int_eq(blk_submit(rig.vq, req), -ENOMEM);
	ck_assert_uint_eq(virtio_recv_pkts(rig.vq, cookies, NULL, 1), 1);
	ck_assert_uint_eq(virtqueue_in_flight(rig.vq), n - 1);
	ck_assert_int_eq(blk_submit(rig.vq, req), 0);
	virtqueue_req_flush(rig.vq);
	ck_assert_uint_eq(virtio_recv_pkts(rig.vq, cookies, NULL, 4), n);
	rig_down(&rig);
}
END_TEST

/* Open and full: the start before is seen in the room that is left. */
START_TEST(a_start_that_fails_leaves_the_open_request_open)
{
	struct rig rig;
	struct blk_request *req;
	struct iovec iov[3];

	rig_up(&rig, "blk,queue-size=4,no-features=RING_F_INDIRECT_DESC");
	cut_read(&rig, &req, iov, 1);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, req, 3), 0);
	add(rig.vq, iov, 1, VIRTIO_DESC_RO);
	add(rig.vq, iov + 1, 1, VIRTIO_DESC_WR);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, NULL, 3), -ENOMEM);
	add(rig.vq, iov + 2, 1, VIRTIO_DESC_WR);
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 1);
	ck_assert_uint_eq(*req->status, VIRTIO_BLK_S_OK);
	rig_down(&rig);
}
END_TEST

START_TEST(completions_come_in_portions_of_max)
{
	struct rig rig;
	void *cookies[3];
	unsigned n = 0;

	rig_up(&rig, "blk");
	for (unsigned i = 0; i < 10; i++)
		ck_assert_int_eq(blk_submit(rig.vq, blk_request_new(&rig, 0, 0, 512)), 0);
	virtqueue_req_flush(rig.vq);
	ck_assert_uint_eq(virtio_recv_pkts(rig.vq, cookies, NULL, 0), 0);
	for (unsigned got; (got = virtio_recv_pkts(rig.vq, cookies, NULL, 3)); n += got)
		ck_assert_uint_eq(got, n < 9 ? 3 : 1);
	ck_assert_uint_eq(n, 10);
	rig_down(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_request_may_outgrow_its_promise,
		what_does_not_fit_poisons,
		a_start_ends_the_request_before,
		an_empty_request_is_dropped,
		readable_after_writable_poisons,
		empty_segments_are_skipped,
		an_add_needs_an_open_request,
		a_submit_is_all_or_nothing,
		a_submit_ends_the_open_request,
		more_writable_bytes_than_a_length_can_count_are_refused,
		a_full_queue_takes_more_once_it_was_polled,
		a_start_that_fails_leaves_the_open_request_open,
		completions_come_in_portions_of_max,
	};

	return RUN_TESTS("device/requests", tests);
}
