/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queue ownership: one owner per queue, from any thread, on POSIX threads and
 * on threads of the program's own making.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "fake-device.h"

#define THREADS 6

static struct fake fake;

static void up(void)
{
	fake_init(&fake);
	fake.max_queues = 4;
	for (int i = 0; i < 4; i++)
		fake.sizes[i] = 16;
	fake_open(&fake);
	fake_start(&fake, 4);
}

static void down(void)
{
	fake_down(&fake);
}

/* Runs fn on a thread of its own and returns what it returned. */
static void *elsewhere(void *(*fn)(void *), void *arg)
{
	pthread_t thread;
	void *result;

	ck_assert_int_eq(pthread_create(&thread, NULL, fn, arg), 0);
	pthread_join(thread, &result);
	return result;
}

static void *acquire(void *index)
{
	return (void *)(intptr_t)virtio_dev_acquire_queue(&fake.vdev, (uintptr_t)index);
}

static void *release(void *index)
{
	return (void *)(intptr_t)virtio_dev_release_queue(&fake.vdev, (uintptr_t)index);
}

START_TEST(queue_has_one_owner)
{
	ck_assert_int_eq(virtio_dev_acquire_queue(&fake.vdev, 1), 0);
	ck_assert_int_eq((intptr_t)elsewhere(acquire, (void *)1), -1);
	ck_assert_int_eq(virtio_dev_acquire_queue(&fake.vdev, 1), -1);
	assert_error_says("queue 1");
	ck_assert(virtio_dev_queue_is_acquired(&fake.vdev, 1));
	ck_assert_ptr_eq(virtio_dev_queue_get_thread(&fake.vdev, 1), virtio_thread_current());
}
END_TEST

START_TEST(stranger_may_not_release)
{
	ck_assert_int_eq(virtio_dev_acquire_queue(&fake.vdev, 1), 0);
	ck_assert_int_eq((intptr_t)elsewhere(release, (void *)1), -EPERM);
	ck_assert(virtio_dev_queue_is_acquired(&fake.vdev, 1));
	ck_assert_int_eq(virtio_dev_release_queue(&fake.vdev, 1), 0);
	ck_assert_int_eq(virtio_dev_release_queue(&fake.vdev, 1), -EPERM);
	ck_assert_int_eq((intptr_t)elsewhere(acquire, (void *)1), 0);
}
END_TEST

START_TEST(owner_that_ended_is_not_mistaken_for_another_thread)
{
	ck_assert_int_eq((intptr_t)elsewhere(acquire, (void *)2), 0);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq((intptr_t)elsewhere(release, (void *)2), -EPERM);
	ck_assert(virtio_dev_queue_is_acquired(&fake.vdev, 2));
}
END_TEST

START_TEST(first_free_queue_from_an_index_on_is_found)
{
	ck_assert_int_eq(virtio_dev_find_and_acquire_queue(&fake.vdev, 1), 1);
	ck_assert_int_eq(virtio_dev_find_and_acquire_queue(&fake.vdev, 1), 2);
	ck_assert_int_eq(virtio_dev_find_and_acquire_queue(&fake.vdev, 0), 0);
	ck_assert_int_eq(virtio_dev_find_and_acquire_queue(&fake.vdev, 0), 3);
	ck_assert_int_eq(virtio_dev_find_and_acquire_queue(&fake.vdev, 0), -1);
	assert_error_says("no queue");
}
END_TEST

START_TEST(bad_index_is_answered)
{
	static const uint16_t bad[] = { 4, 5, 255, 256, 65535 };

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(virtio_dev_acquire_queue(&fake.vdev, bad[i]), -1);
		ck_assert_int_eq(virtio_dev_find_and_acquire_queue(&fake.vdev, bad[i]), -1);
		ck_assert_ptr_null(virtio_dev_queue_get_thread(&fake.vdev, bad[i]));
		ck_assert(!virtio_dev_queue_is_acquired(&fake.vdev, bad[i]));
		ck_assert_int_eq(virtio_dev_release_queue(&fake.vdev, bad[i]), -EPERM);
	}
}
END_TEST

START_TEST(stop_ends_ownership)
{
	ck_assert_int_eq(virtio_dev_acquire_queue(&fake.vdev, 0), 0);
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	ck_assert(!virtio_dev_queue_is_acquired(&fake.vdev, 0));
	ck_assert_int_eq(virtio_dev_acquire_queue(&fake.vdev, 0), -1);
	fake_start(&fake, 4);
	ck_assert(!virtio_dev_queue_is_acquired(&fake.vdev, 0));
	ck_assert_int_eq((intptr_t)elsewhere(acquire, NULL), 0);
}
END_TEST

/* Each thread takes any queue, is alone on it, and gives it back. */
static atomic_int users[4];
static atomic_uint intruders, turns;

static void *take_turns(void *unused)
{
	(void)unused;
	for (int i = 0; i < 5000; i++) {
		int32_t q = virtio_dev_find_and_acquire_queue(&fake.vdev, 0);

		if (q < 0)
			continue;
		intruders += atomic_fetch_add(&users[q], 1) != 0;
		turns++;
		atomic_fetch_sub(&users[q], 1);
		intruders += virtio_dev_release_queue(&fake.vdev, q) != 0;
	}
	return NULL;
}

START_TEST(no_two_threads_ever_own_the_same_queue)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, take_turns, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(intruders, 0);
	ck_assert_uint_gt(turns, 0);
	for (int i = 0; i < 4; i++)
		ck_assert(!virtio_dev_queue_is_acquired(&fake.vdev, i));
}
END_TEST

static atomic_bool stop;

static void *ask_on_and_on(void *unused)
{
	(void)unused;
	while (!stop) {
		virtio_dev_queue_is_acquired(&fake.vdev, 3);
		if (virtio_dev_find_and_acquire_queue(&fake.vdev, 0) == 0)
			virtio_dev_release_queue(&fake.vdev, 0);
		sched_yield();
	}
	return NULL;
}

START_TEST(ownership_may_be_asked_for_while_the_device_restarts)
{
	pthread_t threads[2];

	stop = false;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, ask_on_and_on, NULL);
	for (int i = 0; i < 200; i++)
		fake_start(&fake, 1 + i % 4);
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

/* User-level threads: whichever is named here is the one that runs. */
static void *current;

static struct virtio_thread *user_thread(void)
{
	return current;
}

static const struct virtio_thread_ops user_threads = {
	.size = sizeof(user_threads), .current = user_thread,
};

START_TEST(user_level_threads_own_queues)
{
	int a, b;

	ck_assert_int_eq(virtio_set_thread_ops(&user_threads), 0);
	current = &a;
	ck_assert_int_eq(virtio_dev_acquire_queue(&fake.vdev, 0), 0);
	ck_assert_ptr_eq(virtio_dev_queue_get_thread(&fake.vdev, 0), &a);
	current = &b;
	ck_assert_int_eq(virtio_dev_release_queue(&fake.vdev, 0), -EPERM);
	ck_assert_int_eq((intptr_t)elsewhere(acquire, (void *)1), 0);
	ck_assert_ptr_eq(virtio_dev_queue_get_thread(&fake.vdev, 1), &b);
	ck_assert_int_eq(virtio_dev_release_queue(&fake.vdev, 1), 0);
}
END_TEST

START_TEST(no_thread_owns_nothing)
{
	ck_assert_int_eq(virtio_set_thread_ops(&user_threads), 0);
	current = NULL;
	ck_assert_int_eq(virtio_dev_acquire_queue(&fake.vdev, 0), -1);
	ck_assert(!virtio_dev_queue_is_acquired(&fake.vdev, 0));
	ck_assert_int_eq(virtio_dev_release_queue(&fake.vdev, 0), -EPERM);
}
END_TEST

START_TEST(thread_ops_are_installed_before_the_first_acquire)
{
	ck_assert_int_eq(virtio_dev_acquire_queue(&fake.vdev, 0), 0);
	ck_assert_int_eq(virtio_set_thread_ops(&user_threads), -EBUSY);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("owner");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, bad_index_is_answered);
	tcase_add_test(tc, queue_has_one_owner);
	tcase_add_test(tc, stranger_may_not_release);
	tcase_add_test(tc, owner_that_ended_is_not_mistaken_for_another_thread);
	tcase_add_test(tc, first_free_queue_from_an_index_on_is_found);
	tcase_add_test(tc, stop_ends_ownership);
	tcase_add_test(tc, no_two_threads_ever_own_the_same_queue);
	tcase_add_test(tc, ownership_may_be_asked_for_while_the_device_restarts);
	tcase_add_test(tc, thread_ops_are_installed_before_the_first_acquire);
	/* These need a process in which nobody acquired a queue yet. */
	if (!getenv("CK_FORK") || strcmp(getenv("CK_FORK"), "no")) {
		tcase_add_test(tc, user_level_threads_own_queues);
		tcase_add_test(tc, no_thread_owns_nothing);
	}
	return unit_run("owner", tc);
}
