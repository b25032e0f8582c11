/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sleeping on queues of which several share one eventfd, as they do where a
 * device has fewer interrupts than queues: no wake-up is another queue's.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <virtio-poll/memory.h>

#include "fake-device.h"

static struct fake fake;
static char *mem;

static void up(void)
{
	void *p;

	ck_assert_int_eq(virtio_mem_alloc(4096, NULL, &p), 0);
	mem = p;
	fake_init(&fake);
	fake.has_fds = fake.one_fd = true;
	fake_open(&fake);
	fake_start(&fake, 2);
}

static void down(void)
{
	fake_down(&fake);
	ck_assert_int_eq(virtio_mem_free(mem), 0);
}

static struct virtqueue *vq(unsigned i)
{
	return fake.vdev.vqs[i];
}

/* Is queue i's descriptor readable now? */
static bool awake(unsigned i)
{
	struct pollfd p = { .fd = virtqueue_get_fd(vq(i)), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* A request is on its way on queue i, and nothing to do but sleep. */
static void fall_asleep(unsigned i)
{
	fake_post(&fake, i, &fake, mem, 64);
	ck_assert_int_eq(virtqueue_arm(vq(i)), 0);
	ck_assert(!awake(i));
}

static void collect(unsigned i)
{
	void *cookie;

	ck_assert_uint_eq(virtio_recv_pkts(vq(i), &cookie, NULL, 1), 1);
}

START_TEST(one_signal_for_both_wakes_both)
{
	fall_asleep(0);
	fall_asleep(1);
	model_serve(&fake.models[0]);
	fake_serve(&fake, 1);
	for (int i = 0; i < 2; i++) {
		ck_assert(awake(i));
		ck_assert_int_eq(virtqueue_arm(vq(i)), 1);
		collect(i);
	}
}
END_TEST

START_TEST(queue_that_goes_on_leaves_the_other_its_wake_up)
{
	fall_asleep(0);
	fall_asleep(1);
	fake_serve(&fake, 0);
	fake_serve(&fake, 1);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(virtqueue_arm(vq(0)), i ? 0 : 1);
		if (!i)
			collect(0);
	}
	ck_assert(awake(1));
	ck_assert_int_eq(virtqueue_arm(vq(1)), 1);
}
END_TEST

START_TEST(signal_of_the_other_queue_is_survived)
{
	fall_asleep(0);
	for (int i = 0; i < 100; i++) {
		fall_asleep(1);
		fake_serve(&fake, 1);
		collect(1);
		ck_assert(awake(0));
		ck_assert_int_eq(virtqueue_arm(vq(0)), 0);
		ck_assert(!awake(0));
	}
}
END_TEST

START_TEST(descriptor_stays_readable_until_armed_again)
{
	fall_asleep(0);
	fake_serve(&fake, 0);
	for (int i = 0; i < 10; i++)
		ck_assert(awake(0));
	collect(0);
	ck_assert(awake(0));
	ck_assert_int_eq(virtqueue_arm(vq(0)), 0);
	ck_assert(!awake(0));
}
END_TEST

START_TEST(signals_are_never_read_off_the_eventfd)
{
	eventfd_t count;

	for (int i = 0; i < 5; i++) {
		fall_asleep(0);
		fake_serve(&fake, 0);
		collect(0);
	}
	ck_assert_int_eq(eventfd_read(fake.fds[0], &count), 0);
	ck_assert_uint_eq(count, 5);
}
END_TEST

START_TEST(loss_stays_readable_however_often_one_arms)
{
	fall_asleep(0);
	virtio_dev_report(&fake.vdev, VIRTIO_EVENT_REMOVED, "pulled out");
	for (int i = 0; i < 5; i++) {
		ck_assert(awake(0) && awake(1));
		ck_assert_int_eq(virtqueue_arm(vq(0)), 1);
		ck_assert_int_eq(virtqueue_arm(vq(1)), -ENODEV);
	}
}
END_TEST

START_TEST(sleeping_reads_no_registers)
{
	ck_assert_int_eq(virtqueue_wait(vq(0), 20), 0);
	ck_assert_uint_eq(fake.looks, 0);
	ck_assert_uint_gt(fake.polls, 0);
}
END_TEST

#define ROUNDS 3000

/* Sleeps for one completion after the other; a lost wake-up takes 10 s. */
static void *sleeper(void *arg)
{
	unsigned i = (uintptr_t)arg;

	for (int round = 0; round < ROUNDS; round++) {
		void *cookie;

		while (!virtio_recv_pkts(vq(i), &cookie, NULL, 1)) {
			struct pollfd p = { .fd = virtqueue_get_fd(vq(i)), .events = POLLIN };

			if (virtqueue_arm(vq(i)) == 0)
				must(poll(&p, 1, 10000) == 1);
		}
	}
	return NULL;
}

START_TEST(no_wake_up_is_lost_between_two_sleepers)
{
	struct iovec v = { mem, 64 };
	pthread_t threads[2];

	/* All is sent before: the two threads only collect. */
	fake_down(&fake);
	fake_init(&fake);
	fake.has_fds = fake.one_fd = true;
	fake.sizes[0] = fake.sizes[1] = 4096;
	fake_open(&fake);
	fake_start(&fake, 2);
	for (int i = 0; i < 2; i++) {
		for (int n = 0; n < ROUNDS; n++)
			must(!virtqueue_req_submit(vq(i), &fake, &v, 0, 1));
		virtqueue_req_flush(vq(i));
		ck_assert_uint_eq(model_take(&fake.models[i]), ROUNDS);
		pthread_create(&threads[i], NULL, sleeper, (void *)(uintptr_t)i);
	}
	for (int n = 0; n < ROUNDS; n++)
		for (int i = 0; i < 2; i++) {
			model_use(&fake.models[i], fake.models[i].heads[0], 0);
			must(!eventfd_write(fake.fds[0], 1));
		}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("sleep");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, one_signal_for_both_wakes_both);
	tcase_add_test(tc, queue_that_goes_on_leaves_the_other_its_wake_up);
	tcase_add_test(tc, signal_of_the_other_queue_is_survived);
	tcase_add_test(tc, descriptor_stays_readable_until_armed_again);
	tcase_add_test(tc, signals_are_never_read_off_the_eventfd);
	tcase_add_test(tc, loss_stays_readable_however_often_one_arms);
	tcase_add_test(tc, sleeping_reads_no_registers);
	tcase_add_test(tc, no_wake_up_is_lost_between_two_sleepers);
	return unit_run("sleep", tc);
}
