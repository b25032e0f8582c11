/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sleeping when idle: a wake-up comes for work, for loss and for events, none
 * is lost, and a device that completes in the notify call needs none.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include "harness.h"

/* Both ways to ask for a wake-up. */
static const char *const ways[] = { "0x0", "RING_F_EVENT_IDX" };

static bool readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

START_TEST(work_that_is_ready_needs_no_sleep)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rig rig;

		rig_up(&rig, "blk,no-features=%s", ways[i]);
		ck_assert_int_eq(virtqueue_arm(rig.vq), 0);
		virtqueue_disarm(rig.vq);
		ck_assert_int_eq(blk_submit(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512)),
				 0);
		virtqueue_req_flush(rig.vq);
		ck_assert_int_eq(virtqueue_arm(rig.vq), 1);
		ck_assert_int_eq(virtqueue_wait(rig.vq, 5000), 1);
		blk_wait(rig.vq, 1);
		rig_down(&rig);
	}
}
END_TEST

START_TEST(an_idle_queue_lets_the_wait_time_out)
{
	struct rig rig;
	uint64_t begin;

	rig_up(&rig, "blk");
	begin = now_ms();
	ck_assert_int_eq(virtqueue_wait(rig.vq, 50), 0);
	ck_assert_uint_ge(now_ms() - begin, 49);
	ck_assert_int_eq(virtqueue_wait(rig.vq, 0), 0);
	rig_down(&rig);
}
END_TEST

/* A thread completes at any moment between the look and the sleep. */
START_TEST(no_wake_up_is_lost)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rig rig;
		struct blk_request *req;

		rig_up(&rig, "blk,thread=on,no-features=%s", ways[i]);
		req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);
		for (unsigned n = 0; n < 20000; n++) {
			ck_assert_int_eq(blk_submit(rig.vq, req), 0);
			virtqueue_req_flush(rig.vq);
			ck_assert_int_eq(virtqueue_wait(rig.vq, 5000), 1);
			blk_wait(rig.vq, 1);
		}
		rig_down(&rig);
	}
}
END_TEST

START_TEST(the_descriptor_becomes_readable_when_work_comes)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rig rig;
		struct blk_request *req;
		int fd;

		rig_up(&rig, "blk,thread=on,no-features=%s", ways[i]);
		req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);
		fd = virtqueue_get_fd(rig.vq);
		ck_assert_int_ge(fd, 0);
		for (unsigned n = 0; n < 1000; n++) {
			ck_assert_int_eq(blk_submit(rig.vq, req), 0);
			virtqueue_req_flush(rig.vq);
			if (!virtqueue_arm(rig.vq))
				ck_assert(readable(fd, 5000));
			blk_wait(rig.vq, 1);
		}
		rig_down(&rig);
	}
}
END_TEST

/* A polling driver is not signalled: that would cost a system call each. */
START_TEST(a_driver_that_polls_is_not_signalled)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rig rig;
		struct blk_request *req;
		int fd;

		rig_up(&rig, "blk,no-features=%s", ways[i]);
		req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);
		fd = virtqueue_get_fd(rig.vq);
		for (unsigned n = 0; n < 70000; n++)
			ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_OK);
		ck_assert(!readable(fd, 0));
		rig_down(&rig);
	}
}
END_TEST

START_TEST(the_loss_of_the_peer_ends_the_sleep)
{
	struct rig rig;
	uint64_t begin;
	void *cookie;
	int n;

	rig_up(&rig, "blk,thread=on,fault=die");
	ck_assert_int_eq(blk_submit(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512)), 0);
	virtqueue_req_flush(rig.vq);
	begin = now_ms();
	n = virtqueue_wait(rig.vq, 8000);
	ck_assert_int_eq(n, 1);
	ck_assert_uint_lt(now_ms() - begin, 7000);
	ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 1);
	ck_assert_int_eq(virtqueue_wait(rig.vq, 8000), -ECONNRESET);
	ck_assert_ptr_nonnull(strstr(virtio_last_error(), "virtqueue_wait: "));
	ck_assert_ptr_nonnull(strstr(virtio_last_error(), "the peer is gone"));
	rig_down(&rig);
}
END_TEST

START_TEST(an_event_makes_the_event_descriptor_readable)
{
	struct rig rig;
	uint32_t events;
	int fd;

	rig_up(&rig, "blk,thread=on,fault=needs-reset");
	fd = virtio_dev_get_event_fd(&rig.vdev);
	ck_assert(!readable(fd, 0));
	ck_assert_int_eq(blk_submit(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512)), 0);
	virtqueue_req_flush(rig.vq);
	ck_assert(readable(fd, 5000));
	events = wait_events(&rig.vdev, VIRTIO_EVENT_NEEDS_RESET);
	ck_assert_uint_eq(events, VIRTIO_EVENT_NEEDS_RESET);
	ck_assert(!readable(fd, 0));
	rig_down(&rig);
}
END_TEST

START_TEST(a_stopped_queue_cannot_be_slept_on)
{
	struct rig rig;

	rig_up(&rig, "blk");
	ck_assert_int_eq(virtio_dev_stop(&rig.vdev), 0);
	ck_assert_int_eq(virtqueue_get_fd(rig.vq), -ESHUTDOWN);
	ck_assert_int_eq(virtqueue_arm(rig.vq), -ESHUTDOWN);
	ck_assert_int_eq(virtqueue_wait(rig.vq, 1000), -ESHUTDOWN);
	rig_down(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		work_that_is_ready_needs_no_sleep,
		an_idle_queue_lets_the_wait_time_out,
		no_wake_up_is_lost,
		the_descriptor_becomes_readable_when_work_comes,
		a_driver_that_polls_is_not_signalled,
		the_loss_of_the_peer_ends_the_sleep,
		an_event_makes_the_event_descriptor_readable,
		a_stopped_queue_cannot_be_slept_on,
	};

	return RUN_TESTS("device/sleep", tests);
}
