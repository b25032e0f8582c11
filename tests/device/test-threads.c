/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several threads on one device: each on a queue of its own, found and owned
 * through the library, while a control thread looks on.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"

#define THREADS		4u
#define DEPTH		8u
#define ROUNDS		3000u

struct user {
	struct rig *rig;
	pthread_barrier_t *all;
	struct blk_request *reqs[DEPTH];
	unsigned number;
	int32_t queue;
	char error[128];
	pthread_t thread;
};

/* A failed assertion may only be made by the main thread: others note it. */
#define expect(user, condition) \
	do { \
		if (!(condition)) { \
			snprintf((user)->error, sizeof((user)->error), "%s", #condition); \
			return NULL; \
		} \
	} while (0)

/* Collects n completions without assertions. */
static bool collect(struct virtqueue *vq, unsigned n)
{
	uint64_t end = now_ms() + 20000;

	while (n) {
		void *cookies[DEPTH];
		uint16_t got = virtio_recv_pkts(vq, cookies, NULL, DEPTH);

		if (got > n || virtqueue_get_error(vq) || now_ms() > end)
			return false;
		n -= got;
	}
	return true;
}

/* Writes a round's number to sectors of its own, reads it back. */
static void *user_main(void *arg)
{
	struct user *user = arg;
	struct virtio_dev *vdev = &user->rig->vdev;
	struct virtqueue *vq;

	user->queue = virtio_dev_find_and_acquire_queue(vdev, 0);
	pthread_barrier_wait(user->all);	/* nobody releases before all have one */
	expect(user, user->queue >= 0);
	expect(user, virtio_dev_queue_get_thread(vdev, (uint16_t)user->queue) ==
	       virtio_thread_current());
	vq = vdev->vqs[user->queue];
	for (unsigned round = 0; round < 2 * ROUNDS; round++) {
		for (unsigned i = 0; i < DEPTH; i++) {
			struct blk_request *req = user->reqs[i];

			req->header->type = htole32(round & 1 ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT);
			memset(req->data, round & 1 ? 0 : (int)(round / 2 + i), 512);
			expect(user, !blk_submit(vq, req));
		}
		virtqueue_req_flush(vq);
		expect(user, collect(vq, DEPTH));
		for (unsigned i = 0; i < DEPTH; i++) {
			expect(user, *user->reqs[i]->status == VIRTIO_BLK_S_OK);
			expect(user, user->reqs[i]->data[511] == (char)(round / 2 + i));
		}
	}
	expect(user, !virtio_dev_release_queue(vdev, (uint16_t)user->queue));
	return NULL;
}

static void run_users(const char *options)
{
	struct rig rig;
	struct user users[THREADS] = { { 0 } };
	pthread_barrier_t all;

	pthread_barrier_init(&all, NULL, THREADS);
	rig_open(&rig, "blk,size=1M,num-queues=%u,%s", THREADS, options);
	rig_start(&rig, THREADS);
	for (unsigned t = 0; t < THREADS; t++) {
		users[t].rig = &rig;
		users[t].all = &all;
		for (unsigned i = 0; i < DEPTH; i++)
			users[t].reqs[i] = blk_request_new(&rig, 0, t * DEPTH + i, 512);
		ck_assert_int_eq(pthread_create(&users[t].thread, NULL, user_main, &users[t]), 0);
	}
	/* Control and memory calls go on beside the data calls. */
	for (unsigned i = 0; i < 50; i++) {
		uint32_t events;
		void *p;

		ck_assert_int_eq(virtio_dev_poll_events(&rig.vdev, &events), 0);
		ck_assert_uint_eq(events, 0);
		ck_assert_int_eq(virtio_mem_alloc(4096, NULL, &p), 0);
		ck_assert_int_eq(virtio_mem_free(p), 0);
	}
	for (unsigned t = 0; t < THREADS; t++) {
		pthread_join(users[t].thread, NULL);
		ck_assert_msg(!users[t].error[0], "thread %u: %s", t, users[t].error);
		for (unsigned other = 0; other < t; other++)
			ck_assert_int_ne(users[t].queue, users[other].queue);
	}
	pthread_barrier_destroy(&all);
	rig_down(&rig);
}

START_TEST(each_thread_has_a_queue_of_its_own)
{
	run_users("thread=off");
}
END_TEST

START_TEST(one_thread_of_the_device_serves_all_queues)
{
	run_users("thread=on");
}
END_TEST

START_TEST(a_spinning_thread_serves_all_queues)
{
	run_users("thread=on,spin=200,no-features=RING_F_EVENT_IDX");
}
END_TEST

static void *taker_main(void *arg)
{
	struct user *user = arg;

	user->queue = virtio_dev_acquire_queue(&user->rig->vdev, 0);
	expect(user, virtio_dev_release_queue(&user->rig->vdev, 0) == -EPERM);
	return NULL;
}

START_TEST(a_queue_that_is_taken_is_not_given_again)
{
	struct rig rig;
	struct user user = { .rig = &rig };

	rig_up(&rig, "blk");
	ck_assert(!virtio_dev_queue_is_acquired(&rig.vdev, 0));
	ck_assert_int_eq(virtio_dev_acquire_queue(&rig.vdev, 0), 0);
	ck_assert_int_eq(pthread_create(&user.thread, NULL, taker_main, &user), 0);
	pthread_join(user.thread, NULL);
	ck_assert_msg(!user.error[0], "%s", user.error);
	ck_assert_int_eq(user.queue, -1);
	ck_assert(virtio_dev_queue_is_acquired(&rig.vdev, 0));
	ck_assert_int_eq(virtio_dev_acquire_queue(&rig.vdev, 1), -1);
	ck_assert_ptr_null(virtio_dev_queue_get_thread(&rig.vdev, 1));
	ck_assert_int_eq(virtio_dev_stop(&rig.vdev), 0);
	ck_assert(!virtio_dev_queue_is_acquired(&rig.vdev, 0));
	rig_down(&rig);
}
END_TEST

/* Each thread with a device of its own, opened and closed over and over. */
static void *opener_main(void *arg)
{
	struct user *user = arg;

	for (unsigned i = 0; i < 100; i++) {
		struct virtio_dev vdev = { 0 };

		expect(user, !virtio_dev_open(&vdev, "x", user->number & 1 ? "loopback:null" :
					      "loopback:blk,thread=on"));
		expect(user, !virtio_dev_reset(&vdev, ALL_FEATURES));
		expect(user, !virtio_dev_start(&vdev, 1, 0));
		virtio_dev_destruct(&vdev);
	}
	return NULL;
}

START_TEST(devices_come_and_go_in_several_threads)
{
	struct user users[THREADS] = { { 0 } };

	for (unsigned t = 0; t < THREADS; t++) {
		users[t].number = t;
		ck_assert_int_eq(pthread_create(&users[t].thread, NULL, opener_main, &users[t]), 0);
	}
	for (unsigned t = 0; t < THREADS; t++) {
		pthread_join(users[t].thread, NULL);
		ck_assert_msg(!users[t].error[0], "thread %u: %s", t, users[t].error);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_thread_has_a_queue_of_its_own,
		one_thread_of_the_device_serves_all_queues,
		a_spinning_thread_serves_all_queues,
		a_queue_that_is_taken_is_not_given_again,
		devices_come_and_go_in_several_threads,
	};

	return RUN_TESTS("device/threads", tests);
}
