/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The queues of a start: how many, of what size, and what becomes of their
 * cookies when the device stops, is lost or breaks.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/memory.h>

#include "fake-device.h"

static struct fake fake;
static char *mem;

static void init(void)
{
	void *p;

	fake_init(&fake);
	ck_assert_int_eq(virtio_mem_alloc(4096, NULL, &p), 0);
	mem = p;
}

static void down(void)
{
	fake_down(&fake);
	ck_assert_int_eq(virtio_mem_free(mem), 0);
}

static int start(uint16_t max_queues, uint16_t fixed)
{
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	return virtio_dev_start(&fake.vdev, max_queues, fixed);
}

START_TEST(fewer_queues_than_asked_for_will_do)	/* HARD-NQ-2 */
{
	ck_assert_int_eq(start(8, 0), 0);
	ck_assert_uint_eq(fake.vdev.max_queues, 2);
	ck_assert_ptr_nonnull(fake.vdev.vqs[1]);
}
END_TEST

START_TEST(no_more_queues_than_asked_for_are_set_up)	/* HARD-NQ-1 */
{
	fake.max_queues = 65535;
	fake.sizes[2] = 16;
	ck_assert_int_eq(start(2, 0), 0);
	ck_assert_uint_eq(fake.vdev.max_queues, 2);
	ck_assert_ptr_nonnull(strstr(fake.trace, "setup1"));
	ck_assert_ptr_null(strstr(fake.trace, "setup2"));
}
END_TEST

START_TEST(device_without_queues_is_refused)	/* HARD-NQ-1 */
{
	fake.max_queues = 0;
	ck_assert_int_eq(start(2, 0), -ENODEV);
	assert_error_says("the device says that it has no queues");
}
END_TEST

START_TEST(device_whose_queues_are_all_absent_is_refused)
{
	fake.sizes[0] = fake.sizes[1] = 0;
	ck_assert_int_eq(start(2, 0), -ENODEV);
	assert_error_says("none of the 2 queues");
}
END_TEST

START_TEST(device_with_fewer_than_the_fixed_queues_is_refused)	/* HARD-NQ-1 */
{
	ck_assert_int_eq(start(4, 3), -ENODEV);
	assert_error_says("3 fixed");
}
END_TEST

START_TEST(absent_fixed_queue_is_refused_and_the_device_told)	/* HARD-QSZ-1, FEAT-9 */
{
	fake.sizes[0] = 0;
	ck_assert_int_eq(start(2, 1), -ENODEV);
	assert_error_says("no queue 0");
	ck_assert_ptr_nonnull(strstr(fake.trace, "status=139"));
}
END_TEST

START_TEST(absent_queue_in_between_is_skipped)	/* HARD-QSZ-1 */
{
	fake.max_queues = 3;
	fake.sizes[1] = 0;
	fake.sizes[2] = 16;
	ck_assert_int_eq(start(3, 0), 0);
	ck_assert_uint_eq(fake.vdev.max_queues, 3);
	ck_assert_ptr_null(fake.vdev.vqs[1]);
	ck_assert_uint_eq(virtqueue_index(fake.vdev.vqs[2]), 2);
}
END_TEST

START_TEST(bad_size_is_refused_and_named)	/* HARD-QSZ-2, -3 */
{
	static const uint16_t bad[] = { 3, 6, 1000, 32769, 65535, 40000 };

	fake.sizes[1] = bad[_i];
	ck_assert_int_eq(start(2, 0), -EPROTO);
	assert_error_says("power of 2");
	ck_assert_ptr_nonnull(strstr(fake.trace, "status=139"));
}
END_TEST

START_TEST(bad_counts_are_refused_and_may_be_corrected)
{
	ck_assert_int_eq(start(0, 0), -EINVAL);
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, VIRTIO_MAX_VIRTQUEUES + 1, 0), -EINVAL);
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 2, 3), -EINVAL);
	assert_error_says("includes the fixed ones");
	ck_assert_ptr_null(strstr(fake.trace, "status=139"));
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 2, 2), 0);
}
END_TEST

/* The cookies that come back from queue 0: bit i for cookie i. */
static unsigned completed(void)
{
	void *cookies[16];
	unsigned bits = 0, n = virtio_recv_pkts(fake.vdev.vqs[0], cookies, NULL, 16);

	while (n--)
		bits |= 1u << (uintptr_t)cookies[n];
	return bits;
}

static unsigned failed(void)
{
	void *cookies[16];
	unsigned bits = 0, n = virtqueue_recv_failed(fake.vdev.vqs[0], cookies, 16);

	while (n--)
		bits |= 1u << (uintptr_t)cookies[n];
	return bits;
}

/* Cookie 1 done by the device, 2 not, 3 ended and not flushed, 4 poisoned, and
 * 5 open when it happens. */
static void make_all_kinds(void)
{
	struct virtqueue *vq;
	struct iovec v = { mem, 64 }, bad = { (void *)4096, 64 };

	fake_open(&fake);
	fake_start(&fake, 1);
	vq = fake.vdev.vqs[0];
	fake_post(&fake, 0, (void *)1, mem, 64);
	fake_post(&fake, 0, (void *)2, mem, 64);
	model_use(&fake.models[0], fake.models[0].heads[0], 64);
	ck_assert_int_eq(virtqueue_req_submit(vq, (void *)3, &v, 1, 0), 0);
	ck_assert_int_eq(virtqueue_req_start(vq, (void *)4, 1), 0);
	ck_assert_int_eq(virtqueue_req_add_iovs(vq, &bad, 1, VIRTIO_DESC_RO), -EFAULT);
	ck_assert_int_eq(virtqueue_req_start(vq, (void *)5, 2), 0);
	ck_assert_int_eq(virtqueue_req_add_iovs(vq, &v, 1, VIRTIO_DESC_RO), 0);
}

START_TEST(every_cookie_comes_back_once_after_stop)
{
	make_all_kinds();
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	ck_assert_uint_eq(completed(), 1u << 1);
	virtqueue_req_flush(fake.vdev.vqs[0]);
	ck_assert_uint_eq(failed(), 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5);
	ck_assert_uint_eq(completed(), 0);
	ck_assert_uint_eq(failed(), 0);
	ck_assert_uint_eq(virtqueue_in_flight(fake.vdev.vqs[0]), 0);
	ck_assert_int_eq(virtqueue_get_error(fake.vdev.vqs[0]), -ESHUTDOWN);
}
END_TEST

START_TEST(every_cookie_comes_back_once_after_loss)
{
	make_all_kinds();
	virtio_dev_report(&fake.vdev, _i ? VIRTIO_EVENT_REMOVED : VIRTIO_EVENT_PEER_LOST, "x");
	ck_assert_int_eq(virtqueue_get_error(fake.vdev.vqs[0]), _i ? -ENODEV : -ECONNRESET);
	ck_assert_uint_eq(completed(), 0);
	virtqueue_req_flush(fake.vdev.vqs[0]);
	ck_assert_uint_eq(failed(), 0x3e);
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	ck_assert_uint_eq(completed() | failed(), 0);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), _i ? -ENODEV : -ECONNRESET);
}
END_TEST

START_TEST(cookies_of_a_broken_queue_come_back_after_stop)
{
	make_all_kinds();
	ck_assert_uint_eq(completed(), 1u << 1);
	model_put(&fake.models[0], 99, 0);
	ck_assert_uint_eq(completed(), 0);
	ck_assert_int_eq(virtqueue_get_error(fake.vdev.vqs[0]), -EIO);
	ck_assert_int_eq(virtqueue_req_start(fake.vdev.vqs[0], NULL, 1), -EIO);
	assert_error_says("descriptor 99");
	ck_assert_uint_eq(failed(), 1u << 4);
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	virtqueue_req_flush(fake.vdev.vqs[0]);
	ck_assert_uint_eq(failed(), 1u << 2 | 1u << 3 | 1u << 5);
}
END_TEST

START_TEST(unconfirmed_stop_completes_nothing)	/* HARD-DMA-1 */
{
	make_all_kinds();
	fake.unstoppable = true;
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), -ETIMEDOUT);
	ck_assert_uint_eq(completed(), 0);
	virtqueue_req_flush(fake.vdev.vqs[0]);
	ck_assert_uint_eq(failed(), 0x3e);
}
END_TEST

START_TEST(stopped_queue_refuses_requests_and_is_safe)
{
	struct iovec v = { mem, 64 };
	struct virtqueue *vq;

	make_all_kinds();
	vq = fake.vdev.vqs[0];
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	ck_assert_int_eq(virtqueue_req_add_iovs(vq, &v, 1, VIRTIO_DESC_WR), -ESHUTDOWN);
	virtqueue_req_abort(vq);
	ck_assert_int_eq(virtqueue_req_add_iovs(vq, &v, 1, VIRTIO_DESC_WR), -EINVAL);
	ck_assert_int_eq(virtqueue_req_start(vq, NULL, 1), -ESHUTDOWN);
	assert_error_says("reset and start");
	ck_assert_int_eq(virtqueue_req_submit(vq, NULL, &v, 1, 0), -ESHUTDOWN);
	ck_assert_int_eq(virtqueue_arm(vq), 1);
	ck_assert_ptr_null(vq->vq_ring_virt_mem);
	ck_assert_uint_eq(failed(), 0x1c);
}
END_TEST

START_TEST(breaking_one_queue_leaves_the_others_alone)
{
	fake_open(&fake);
	fake_start(&fake, 2);
	fake_post(&fake, 0, (void *)1, mem, 64);
	fake_post(&fake, 1, (void *)2, mem, 64);
	model_put(&fake.models[0], 99, 0);
	ck_assert_uint_eq(completed(), 0);
	ck_assert_int_eq(virtqueue_get_error(fake.vdev.vqs[1]), 0);
	fake_serve(&fake, 1);
	ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[1], (void *[1]){ NULL }, NULL, 1), 1);
}
END_TEST

START_TEST(no_kick_is_sent_before_driver_ok_or_after_stop)	/* INIT-14 */
{
	make_all_kinds();
	ck_assert_uint_ge(fake.kicks, 1);
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	fake.kicks = 0;
	virtqueue_req_flush(fake.vdev.vqs[0]);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 2, 0), 0);
	ck_assert_uint_eq(fake.kicks, 0);
}
END_TEST

START_TEST(one_flush_sends_one_kick_at_most)
{
	struct iovec v = { mem, 64 };
	struct virtqueue_stats stats;

	fake.features &= ~(1ull << VIRTIO_RING_F_EVENT_IDX);
	fake_open(&fake);
	fake_start(&fake, 1);
	for (uintptr_t i = 0; i < 8; i++)
		ck_assert_int_eq(virtqueue_req_submit(fake.vdev.vqs[0], &v, &v, 1, 0), 0);
	virtqueue_req_flush(fake.vdev.vqs[0]);
	virtqueue_req_flush(fake.vdev.vqs[0]);
	ck_assert_uint_eq(fake.kicks, 1);
	virtqueue_get_stats(fake.vdev.vqs[0], &stats);
	ck_assert_uint_eq(stats.kicks, 1);
}
END_TEST

START_TEST(kick_with_data_names_queue_and_index)	/* NOTIFDATA-1, -2 */
{
	struct virtqueue *vq;

	fake.features |= 1ull << VIRTIO_F_NOTIFICATION_DATA;
	fake.features &= ~(1ull << VIRTIO_RING_F_EVENT_IDX);
	fake_open(&fake);
	fake.vdev.is_hw = 1;
	fake_start(&fake, 2);
	vq = fake.vdev.vqs[1];
	for (uint32_t i = 1; i <= 40000; i++) {
		struct iovec v = { mem, 64 };

		must(!virtqueue_req_submit(vq, NULL, &v, 1, 0));
		virtqueue_req_flush(vq);
		must(vq->notify_data == (1 | i << 16));
		fake_serve(&fake, 1);
		must(virtio_recv_pkts(vq, (void *[1]){ NULL }, NULL, 1) == 1);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("queues");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, init, down);
	tcase_add_test(tc, fewer_queues_than_asked_for_will_do);
	tcase_add_test(tc, no_more_queues_than_asked_for_are_set_up);
	tcase_add_test(tc, device_without_queues_is_refused);
	tcase_add_test(tc, device_whose_queues_are_all_absent_is_refused);
	tcase_add_test(tc, device_with_fewer_than_the_fixed_queues_is_refused);
	tcase_add_test(tc, absent_fixed_queue_is_refused_and_the_device_told);
	tcase_add_test(tc, absent_queue_in_between_is_skipped);
	tcase_add_loop_test(tc, bad_size_is_refused_and_named, 0, 6);
	tcase_add_test(tc, bad_counts_are_refused_and_may_be_corrected);
	tcase_add_test(tc, every_cookie_comes_back_once_after_stop);
	tcase_add_loop_test(tc, every_cookie_comes_back_once_after_loss, 0, 2);
	tcase_add_test(tc, cookies_of_a_broken_queue_come_back_after_stop);
	tcase_add_test(tc, unconfirmed_stop_completes_nothing);
	tcase_add_test(tc, stopped_queue_refuses_requests_and_is_safe);
	tcase_add_test(tc, breaking_one_queue_leaves_the_others_alone);
	tcase_add_test(tc, no_kick_is_sent_before_driver_ok_or_after_stop);
	tcase_add_test(tc, one_flush_sends_one_kick_at_most);
	tcase_add_test(tc, kick_with_data_names_queue_and_index);
	return unit_run("queues", tc);
}
