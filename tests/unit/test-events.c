/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program learns without asking for it: reports, the descriptors to
 * sleep on, and the one wake-up that arm promises.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

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
	fake.has_fds = true;
	fake_open(&fake);
	fake_start(&fake, 2);
}

static void down(void)
{
	fake_down(&fake);
	ck_assert_int_eq(virtio_mem_free(mem), 0);
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static uint32_t events(void)
{
	uint32_t got = 0;

	ck_assert_int_eq(virtio_dev_poll_events(&fake.vdev, &got), 0);
	return got;
}

/* Milliseconds of processor time that this thread has used. */
static uint64_t cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

START_TEST(reports_are_collected_and_cleared_by_reading)
{
	ck_assert_uint_eq(events(), 0);
	virtio_dev_report(&fake.vdev, VIRTIO_EVENT_CONFIG, "changed");
	virtio_dev_report(&fake.vdev, VIRTIO_EVENT_NEEDS_RESET, "odd");
	ck_assert_uint_eq(events(), VIRTIO_EVENT_CONFIG | VIRTIO_EVENT_NEEDS_RESET);
	ck_assert_uint_eq(events(), 0);
}
END_TEST

START_TEST(descriptor_is_readable_while_events_wait)
{
	int fd = virtio_dev_get_event_fd(&fake.vdev);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(virtio_dev_get_event_fd(&fake.vdev), fd);
	ck_assert(!readable(fd));
	virtio_dev_report(&fake.vdev, VIRTIO_EVENT_CONFIG, "changed");
	ck_assert(readable(fd));
	ck_assert_uint_eq(events(), VIRTIO_EVENT_CONFIG);
	ck_assert(!readable(fd));
}
END_TEST

START_TEST(unknown_events_are_not_passed_on)
{
	virtio_dev_report(&fake.vdev, 0xffffff00u, "from the future");
	ck_assert_uint_eq(events(), 0);
}
END_TEST

START_TEST(looking_for_events_looks_at_the_peer)	/* CFGCHG-2 */
{
	unsigned before = fake.looks;

	events();
	ck_assert_uint_eq(fake.looks, before + 1);
}
END_TEST

static int lose(struct fake *f)
{
	virtio_dev_report(&f->vdev, VIRTIO_EVENT_PEER_LOST, "hung up");
	return 0;
}

START_TEST(idle_poll_notices_a_lost_peer_within_64_rounds_and_a_tick)
{
	struct timespec tick = { .tv_nsec = 10000000 };
	void *cookie;
	int error = 0;

	fake.on_poll = lose;
	nanosleep(&tick, NULL);
	for (int i = 0; i < 64 && !error; i++) {
		ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 0);
		error = virtqueue_get_error(fake.vdev.vqs[0]);
	}
	ck_assert_int_eq(error, -ECONNRESET);
	ck_assert_int_eq(virtqueue_get_error(fake.vdev.vqs[1]), -ECONNRESET);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_PEER_LOST);
}
END_TEST

START_TEST(busy_queues_do_not_look_at_the_peer)
{
	void *cookie;

	fake.polls = 0;
	for (int i = 0; i < 1000; i++) {
		fake_post(&fake, 0, &fake, mem, 64);
		fake_serve(&fake, 0);
		ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 1);
	}
	ck_assert_uint_eq(fake.polls, 0);
}
END_TEST

START_TEST(broken_queue_is_reported_once)
{
	void *cookie;

	model_put(&fake.models[0], 99, 0);
	for (int i = 0; i < 10; i++)
		ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 0);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_QUEUE_BROKEN);
	ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 0);
	ck_assert_uint_eq(events(), 0);
}
END_TEST

START_TEST(armed_queue_wakes_up_on_work)
{
	int fd = virtqueue_get_fd(fake.vdev.vqs[0]);

	ck_assert_int_ge(fd, 0);
	fake_post(&fake, 0, &fake, mem, 64);
	ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[0]), 0);
	ck_assert(!readable(fd));
	fake_serve(&fake, 0);
	ck_assert(readable(fd));
	ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[0]), 1);
}
END_TEST

START_TEST(arm_says_so_if_work_is_there_already)
{
	fake_post(&fake, 0, &fake, mem, 64);
	fake_serve(&fake, 0);
	ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[0]), 1);
}
END_TEST

START_TEST(signals_without_work_are_survived)	/* SPLIT-USEDEV-5, HARD-IRQ-1 */
{
	int fd = virtqueue_get_fd(fake.vdev.vqs[0]);

	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(eventfd_write(fake.fds[0], 1 + i), 0);
		ck_assert(readable(fd));
		ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[0]), 0);
		ck_assert(!readable(fd));
	}
	ck_assert_int_eq(virtqueue_get_error(fake.vdev.vqs[0]), 0);
}
END_TEST

START_TEST(loss_of_the_peer_wakes_every_sleeper)
{
	int fds[2] = { virtqueue_get_fd(fake.vdev.vqs[0]), virtqueue_get_fd(fake.vdev.vqs[1]) };

	ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[0]), 0);
	ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[1]), 0);
	lose(&fake);
	for (int i = 0; i < 2; i++) {
		ck_assert(readable(fds[i]));
		ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[i]), -ECONNRESET);
	}
}
END_TEST

START_TEST(arm_lets_lost_cookies_be_collected_first)
{
	void *cookie;

	fake_post(&fake, 0, &fake, mem, 64);
	lose(&fake);
	ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[0]), 1);
	ck_assert_uint_eq(virtqueue_recv_failed(fake.vdev.vqs[0], &cookie, 1), 1);
	ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[0]), -ECONNRESET);
}
END_TEST

START_TEST(wait_ends_at_its_time)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	ck_assert_int_eq(virtqueue_wait(fake.vdev.vqs[0], 50), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ck_assert_int_ge((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000, 49);
	ck_assert_int_eq(virtqueue_wait(fake.vdev.vqs[0], 0), 0);
}
END_TEST

/* Completes without a signal, as a device that forgot its promise. */
static void *complete_silently(void *unused)
{
	struct timespec nap = { .tv_nsec = 50000000 };

	(void)unused;
	nanosleep(&nap, NULL);
	model_serve(&fake.models[0]);
	return NULL;
}

START_TEST(device_that_never_signals_delays_but_does_not_hang)	/* HARD-IRQ-2 */
{
	pthread_t thread;

	fake_post(&fake, 0, &fake, mem, 64);
	pthread_create(&thread, NULL, complete_silently, NULL);
	ck_assert_int_eq(virtqueue_wait(fake.vdev.vqs[0], -1), 1);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(sleeper_is_not_kept_awake_by_another_queue_that_broke)
{
	void *cookie;
	uint64_t before;

	model_put(&fake.models[0], 99, 0);
	ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 0);
	ck_assert_int_eq(virtqueue_get_error(fake.vdev.vqs[0]), -EIO);
	ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[1]), 0);
	ck_assert(!readable(virtqueue_get_fd(fake.vdev.vqs[1])));
	before = cpu_ms();
	ck_assert_int_eq(virtqueue_wait(fake.vdev.vqs[1], 300), 0);
	ck_assert_uint_lt(cpu_ms() - before, 100);
}
END_TEST

START_TEST(transport_without_interrupts_says_so)
{
	fake_down(&fake);
	fake_up(&fake, 1);
	ck_assert_int_eq(virtqueue_get_fd(fake.vdev.vqs[0]), -ENOTSUP);
	assert_error_says("poll");
	ck_assert_int_eq(virtqueue_arm(fake.vdev.vqs[0]), -ENOTSUP);
	ck_assert_int_eq(virtqueue_wait(fake.vdev.vqs[0], 10), -ENOTSUP);
	ck_assert_int_ge(virtio_dev_get_event_fd(&fake.vdev), 0);
}
END_TEST

START_TEST(descriptors_end_with_the_device)
{
	unsigned fds;

	fake_down(&fake);
	fds = count_fds();
	for (int i = 0; i < 5; i++) {
		fake_init(&fake);
		fake.has_fds = true;
		fake_open(&fake);
		fake_start(&fake, 2);
		ck_assert_int_ge(virtqueue_get_fd(fake.vdev.vqs[0]), 0);
		ck_assert_int_ge(virtio_dev_get_event_fd(&fake.vdev), 0);
		fake_down(&fake);
	}
	ck_assert_uint_eq(count_fds(), fds);
	fake_up(&fake, 1);
}
END_TEST

/* Reports, next to resets and starts of the device they are about. */
static atomic_bool stop;

static void *report_on_and_on(void *unused)
{
	(void)unused;
	while (!stop) {
		virtio_dev_report(&fake.vdev, VIRTIO_EVENT_CONFIG, "changed");
		sched_yield();
	}
	return NULL;
}

START_TEST(reports_may_come_from_any_thread_at_any_time)
{
	pthread_t thread;

	stop = false;
	pthread_create(&thread, NULL, report_on_and_on, NULL);
	for (int i = 0; i < 200; i++)
		fake_start(&fake, 1 + i % 2);
	stop = true;
	pthread_join(thread, NULL);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_CONFIG);
}
END_TEST

static void *lose_it(void *unused)
{
	struct timespec nap = { .tv_nsec = 1000 * (long)(rand() % 200) };

	(void)unused;
	nanosleep(&nap, NULL);
	lose(&fake);
	return NULL;
}

START_TEST(loss_during_a_start_is_never_missed)
{
	for (int i = 0; i < 300; i++) {
		pthread_t thread;
		int error;

		fake_down(&fake);
		fake_init(&fake);
		fake_open(&fake);
		pthread_create(&thread, NULL, lose_it, NULL);
		error = virtio_dev_reset(&fake.vdev, 0);
		if (!error)
			error = virtio_dev_start(&fake.vdev, 2, 0);
		pthread_join(thread, NULL);
		for (int k = 0; k < 2 && !error; k++)
			must(virtqueue_get_error(fake.vdev.vqs[k]) == -ECONNRESET);
		must(error == 0 || error == -ECONNRESET);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("events");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, reports_are_collected_and_cleared_by_reading);
	tcase_add_test(tc, descriptor_is_readable_while_events_wait);
	tcase_add_test(tc, unknown_events_are_not_passed_on);
	tcase_add_test(tc, looking_for_events_looks_at_the_peer);
	tcase_add_test(tc, idle_poll_notices_a_lost_peer_within_64_rounds_and_a_tick);
	tcase_add_test(tc, busy_queues_do_not_look_at_the_peer);
	tcase_add_test(tc, broken_queue_is_reported_once);
	tcase_add_test(tc, armed_queue_wakes_up_on_work);
	tcase_add_test(tc, arm_says_so_if_work_is_there_already);
	tcase_add_test(tc, signals_without_work_are_survived);
	tcase_add_test(tc, loss_of_the_peer_wakes_every_sleeper);
	tcase_add_test(tc, arm_lets_lost_cookies_be_collected_first);
	tcase_add_test(tc, wait_ends_at_its_time);
	tcase_add_test(tc, device_that_never_signals_delays_but_does_not_hang);
	tcase_add_test(tc, sleeper_is_not_kept_awake_by_another_queue_that_broke);
	tcase_add_test(tc, transport_without_interrupts_says_so);
	tcase_add_test(tc, descriptors_end_with_the_device);
	tcase_add_test(tc, reports_may_come_from_any_thread_at_any_time);
	tcase_add_test(tc, loss_during_a_start_is_never_missed);
	return unit_run("events", tc);
}
