/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device's life on the loopback backend: addresses, negotiation, start,
 * stop with requests in flight, start again, and nothing left behind.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static void refuses(const char *address, int err, const char *text)
{
	static const struct virtio_dev zeroed;
	struct virtio_dev vdev = { 0 };

	ck_assert_int_eq(virtio_dev_open(&vdev, "x", address), err);
	ck_assert_msg(!memcmp(&vdev, &zeroed, sizeof(vdev)), "not zeroed after %s", address);
	assert_error_names(text);
	assert_error_names("virtio_dev_open");
}

START_TEST(a_bad_address_is_refused_with_its_reason)
{
	refuses("loopback:floppy", -EINVAL, "floppy");
	refuses("loopback:blk,size=many", -EINVAL, "many");
	refuses("loopback:blk,colour=red", -EINVAL, "colour");
	refuses("loopback:blk,num-queues=0", -EINVAL, "num-queues");
	refuses("loopback:blk,num-queues=257", -EINVAL, "257");
	refuses("loopback:blk,queue-size=100", -EINVAL, "100");
	refuses("loopback:blk,queue-size=65536", -EINVAL, "65536");
	refuses("loopback:blk,block-size=1000", -EINVAL, "1000");
	refuses("loopback:blk,serial=123456789012345678901", -EINVAL, "serial");
	refuses("loopback:blk,spin=5", -EINVAL, "thread=on");
	refuses("loopback:blk,fault=unheard-of", -EINVAL, "unheard-of");
	refuses("loopback:blk,fault=silent:x", -EINVAL, "silent:x");
	refuses("loopback:blk,fault=silent:-1", -EINVAL, "silent:-1");
	refuses("loopback:blk,fault=silent+", -EINVAL, "fault=");
	refuses("loopback:blk,fault=config-short:1", -EINVAL, "count");
	refuses("loopback:blk,no-features=BLK_F_NONSENSE", -EINVAL, "BLK_F_NONSENSE");
	refuses("loopback:null,file=/etc/passwd", -EINVAL, "file=");
}
END_TEST

/* Not -EINVAL: nothing is wrong with how the address is written. */
START_TEST(a_file_that_cannot_be_served_is_refused)
{
	char dir[] = "/tmp/vp-fifo-XXXXXX", fifo[64], address[96];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	snprintf(address, sizeof(address), "loopback:blk,file=%s", fifo);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	refuses("loopback:blk,file=/nonexistent/disk", -ENOENT, "/nonexistent/disk");
	refuses("loopback:blk,file=/tmp,readonly", -EMEDIUMTYPE, "/tmp");
	refuses("loopback:blk,file=/dev/null", -EMEDIUMTYPE, "/dev/null");
	refuses("loopback:blk,file=/etc/passwd,size=1M", -EINVAL, "size");
	refuses(address, -EMEDIUMTYPE, fifo);
	unlink(fifo);
	rmdir(dir);
}
END_TEST

START_TEST(every_option_is_taken)
{
	struct rig rig;

	rig_up(&rig, "null,size=5G,readonly=off,num-queues=256,queue-size=32768,thread=on,spin=10,"
	       "serial=x,block-size=4K,seg-max=128,size-max=1M,strict=off,fault=len-over:999999,"
	       "features=0x0,no-features=0x1000,timeout=2000");
	ck_assert(!virtio_dev_has_feature(&rig.vdev, VIRTIO_BLK_F_MQ));
	rig_down(&rig);
}
END_TEST

START_TEST(a_device_without_version_1_is_refused)
{
	struct rig rig;

	rig_open(&rig, "blk,no-features=VIRTIO_F_VERSION_1");
	ck_assert_int_eq(virtio_dev_reset(&rig.vdev, ALL_FEATURES), -ENOTSUP);
	assert_error_names("VIRTIO_F_VERSION_1");
	rig_down(&rig);
}
END_TEST

START_TEST(exactly_the_bits_asked_for_are_offered)
{
	struct rig rig;
	const uint64_t bits = 1ull << 32 | 1u << 28 | 1u << 6;

	rig_open(&rig, "blk,no-features=0xffffffffffffffff,features=0x%llx",
		 (unsigned long long)bits);
	ck_assert_uint_eq(virtio_dev_get_device_features(&rig.vdev), bits);
	rig_start(&rig, 1);
	ck_assert_uint_eq(rig.vdev.negotiated_features, bits);
	rig_down(&rig);
}
END_TEST

START_TEST(class_bits_are_accepted_only_if_requested)
{
	struct rig rig;

	rig_open(&rig, "blk");
	ck_assert_int_eq(virtio_dev_reset(&rig.vdev, 1u << VIRTIO_BLK_F_FLUSH), 0);
	ck_assert(virtio_dev_has_feature(&rig.vdev, VIRTIO_BLK_F_FLUSH));
	ck_assert(!virtio_dev_has_feature(&rig.vdev, VIRTIO_BLK_F_BLK_SIZE));
	ck_assert(virtio_dev_has_feature(&rig.vdev, VIRTIO_F_VERSION_1));
	ck_assert(!virtio_dev_has_feature(&rig.vdev, 64));
	rig_down(&rig);
}
END_TEST

/* Bits that nobody implements may be offered; they are not accepted. */
START_TEST(all_bits_offered_still_work)
{
	struct rig rig;
	struct blk_request *req;

	rig_up(&rig, "blk,features=0xffffffffffffffff,no-features=0x0");
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);
	ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_OK);
	rig_down(&rig);
}
END_TEST

START_TEST(a_start_needs_a_reset_before)
{
	struct rig rig;

	rig_open(&rig, "blk");
	ck_assert_int_eq(virtio_dev_start(&rig.vdev, 1, 0), -EINVAL);
	rig_start(&rig, 1);
	ck_assert_int_eq(virtio_dev_start(&rig.vdev, 1, 0), -EINVAL);
	ck_assert_int_eq(virtio_dev_stop(&rig.vdev), 0);
	ck_assert_int_eq(virtio_dev_stop(&rig.vdev), 0);
	ck_assert_int_eq(virtio_dev_start(&rig.vdev, 1, 0), -EINVAL);
	rig_down(&rig);
}
END_TEST

START_TEST(fewer_queues_than_asked_for_are_started)
{
	struct rig rig;

	rig_open(&rig, "blk,num-queues=3");
	rig_start(&rig, 16);
	ck_assert_uint_eq(rig.vdev.max_queues, 3);
	for (unsigned i = 0; i < 3; i++) {
		rig.vq = rig.vdev.vqs[i];
		ck_assert_uint_eq(virtqueue_index(rig.vq), i);
		ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512)),
				  VIRTIO_BLK_S_OK);
	}
	rig_down(&rig);
}
END_TEST

START_TEST(a_fixed_queue_that_is_absent_ends_the_start)
{
	struct rig rig;

	rig_open(&rig, "blk");
	ck_assert_int_eq(virtio_dev_reset(&rig.vdev, ALL_FEATURES), 0);
	ck_assert_int_eq(virtio_dev_start(&rig.vdev, 3, 2), -ENODEV);
	rig_down(&rig);
}
END_TEST

START_TEST(the_status_goes_its_way)
{
	struct rig rig;
	const uint8_t up = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			   VIRTIO_CONFIG_S_FEATURES_OK;

	rig_open(&rig, "blk");
	ck_assert_uint_eq(virtio_dev_get_status(&rig.vdev), 0);
	ck_assert_int_eq(virtio_dev_reset(&rig.vdev, ALL_FEATURES), 0);
	ck_assert_uint_eq(virtio_dev_get_status(&rig.vdev), up);
	ck_assert_int_eq(virtio_dev_start(&rig.vdev, 1, 0), 0);
	ck_assert_uint_eq(virtio_dev_get_status(&rig.vdev), up | VIRTIO_CONFIG_S_DRIVER_OK);
	virtio_dev_set_status(&rig.vdev, VIRTIO_CONFIG_S_RESET);
	ck_assert_uint_eq(virtio_dev_get_status(&rig.vdev), 0);
	rig_down(&rig);
}
END_TEST

START_TEST(what_was_completed_before_the_stop_comes_back_completed)
{
	struct rig rig;
	struct blk_request *req[8];
	void *cookies[8];
	uint32_t lens[8];

	rig_up(&rig, "blk");
	for (unsigned i = 0; i < 8; i++) {
		req[i] = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);
		ck_assert_int_eq(blk_submit(rig.vq, req[i]), 0);
	}
	virtqueue_req_flush(rig.vq);
	ck_assert_int_eq(virtio_dev_stop(&rig.vdev), 0);
	ck_assert_uint_eq(virtio_recv_pkts(rig.vq, cookies, lens, 8), 8);
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_ptr_eq(cookies[i], req[i]);
		ck_assert_uint_eq(lens[i], 513);
	}
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, cookies, 8), 0);
	rig_down(&rig);
}
END_TEST

/* Ended but never flushed: the device has not seen it, its cookie fails. */
START_TEST(what_was_never_flushed_fails_at_the_stop)
{
	struct rig rig;
	struct blk_request *req;
	void *cookie;

	rig_up(&rig, "blk");
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);
	ck_assert_int_eq(blk_submit(rig.vq, req), 0);
	ck_assert_int_eq(virtio_dev_stop(&rig.vdev), 0);
	ck_assert_uint_eq(virtio_recv_pkts(rig.vq, &cookie, NULL, 1), 0);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 1);
	ck_assert_ptr_eq(cookie, req);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 0);
	rig_down(&rig);
}
END_TEST

/* Stopped again and again while a thread serves 32 requests: each cookie once. */
START_TEST(a_stop_in_full_flight_gives_each_cookie_once)
{
	struct rig rig;
	struct blk_request *reqs[32];

	rig_open(&rig, "blk,thread=on");
	for (unsigned i = 0; i < 32; i++)
		reqs[i] = blk_request_new(&rig, VIRTIO_BLK_T_OUT, i * 32, 16384);
	for (unsigned round = 0; round < 300; round++) {
		unsigned n = 0;
		void *cookie;

		rig_start(&rig, 1);
		for (unsigned i = 0; i < 32; i++)
			ck_assert_int_eq(blk_submit(rig.vq, reqs[i]), 0);
		virtqueue_req_flush(rig.vq);
		if (round % 3 == 0)
			n += virtio_recv_pkts(rig.vq, &cookie, NULL, 1);
		ck_assert_int_eq(virtio_dev_stop(&rig.vdev), 0);
		while (virtio_recv_pkts(rig.vq, &cookie, NULL, 1))
			n++;
		while (virtqueue_recv_failed(rig.vq, &cookie, 1))
			n++;
		ck_assert_uint_eq(n, 32);
	}
	rig_down(&rig);
}
END_TEST

static void poison(struct rig *rig, void *cookie)
{
	static char stranger[16];
	struct iovec iov = { stranger, sizeof(stranger) };

	ck_assert_int_eq(virtqueue_req_start(rig->vq, cookie, 1), 0);
	ck_assert_int_eq(virtqueue_req_add_iovs(rig->vq, &iov, 1, VIRTIO_DESC_RO), -EFAULT);
}

START_TEST(a_poisoned_request_is_not_sent_and_fails_once)
{
	struct rig rig;
	void *cookie;

	rig_up(&rig, "blk");
	poison(&rig, &rig);
	virtqueue_req_flush(rig.vq);
	ck_assert_uint_eq(virtio_recv_pkts(rig.vq, &cookie, NULL, 1), 0);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 1);
	ck_assert_ptr_eq(cookie, &rig);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 0);
	ck_assert_uint_eq(virtqueue_free_descs(rig.vq), virtqueue_size(rig.vq));
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512)),
			  VIRTIO_BLK_S_OK);
	rig_down(&rig);
}
END_TEST

START_TEST(a_poisoned_request_that_is_aborted_is_gone)
{
	struct rig rig;
	void *cookie;

	rig_up(&rig, "blk");
	poison(&rig, &rig);
	virtqueue_req_abort(rig.vq);
	virtqueue_req_flush(rig.vq);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 0);
	rig_down(&rig);
}
END_TEST

START_TEST(nothing_is_left_behind)
{
	struct rig rig;
	unsigned before = 0;

	for (unsigned i = 0; i < 200; i++) {
		rig_open(&rig, "blk,num-queues=4,thread=%s", i % 2 ? "on" : "off");
		rig_start(&rig, 4);
		ck_assert_int_ge(virtqueue_get_fd(rig.vq), 0);
		ck_assert_int_ge(virtio_dev_get_event_fd(&rig.vdev), 0);
		ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512)),
				  VIRTIO_BLK_S_OK);
		rig_down(&rig);
		if (i == 4)
			before = count_fds();
	}
	ck_assert_uint_eq(count_fds(), before);
}
END_TEST

START_TEST(a_caller_may_take_ctx_for_itself)
{
	struct rig rig;

	rig_open(&rig, "blk");
	rig.vdev.ctx = NULL;
	rig_start(&rig, 1);
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512)),
			  VIRTIO_BLK_S_OK);
	rig_down(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_bad_address_is_refused_with_its_reason,
		a_file_that_cannot_be_served_is_refused,
		every_option_is_taken,
		a_device_without_version_1_is_refused,
		exactly_the_bits_asked_for_are_offered,
		class_bits_are_accepted_only_if_requested,
		all_bits_offered_still_work,
		a_start_needs_a_reset_before,
		fewer_queues_than_asked_for_are_started,
		a_fixed_queue_that_is_absent_ends_the_start,
		the_status_goes_its_way,
		what_was_completed_before_the_stop_comes_back_completed,
		what_was_never_flushed_fails_at_the_stop,
		a_stop_in_full_flight_gives_each_cookie_once,
		a_poisoned_request_is_not_sent_and_fails_once,
		a_poisoned_request_that_is_aborted_is_gone,
		nothing_is_left_behind,
		a_caller_may_take_ctx_for_itself,
	};

	return RUN_TESTS("device/lifecycle", tests);
}
