/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device's own thread.
 *
 * Started when the device is opened, ended when it is destructed; in between
 * it sleeps unless kicked. Whether a queue may be served it does not decide:
 * queue.c does, under the queue's lock, so a stopped device is left alone.
 */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "lift.h"
#include "queue.h"
#include "worker.h"

static void wake(struct worker *worker)
{
	uint64_t one = 1;

	/* A counter that cannot be raised further wakes just as well. */
	if (write(worker->fd, &one, sizeof(one)) < 0)
		return;
}

void worker_kick(struct worker *worker, struct loop_queue *q)
{
	/* Already set: the one who set it wakes, or has woken, the thread, which
	 * clears it before it looks at the ring. seq_cst orders the driver's
	 * idx store before this read-modify-write, and the clearing before the
	 * worker's load of idx. */
	if (!atomic_exchange(&q->kicked, true))
		wake(worker);
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* One batch of each queue that was kicked and has not rested since. */
static bool serve_awake(struct worker *worker, bool *awake)
{
	bool any = false;

	for (uint32_t i = 0; i < worker->n; i++) {
		struct loop_queue *q = &worker->queues[i];

		if (atomic_load_explicit(&q->kicked, memory_order_relaxed) &&
		    atomic_exchange(&q->kicked, false))
			awake[i] = true;
		if (awake[i] && queue_serve(q))
			any = true;
	}
	return any;
}

/* Asks for kicks again; true if a queue got work before it could be asked. */
static bool rest_awake(struct worker *worker, bool *awake)
{
	bool any = false;

	for (uint32_t i = 0; i < worker->n; i++) {
		if (!awake[i])
			continue;
		awake[i] = queue_rest(&worker->queues[i]);
		any |= awake[i];
	}
	return any;
}

/* Serves until nothing has come for spin_us. */
static void serve_until_idle(struct worker *worker, bool *awake)
{
	uint64_t idle_since = 0;

	while (!atomic_load_explicit(&worker->quit, memory_order_relaxed)) {
		if (serve_awake(worker, awake)) {
			idle_since = 0;
			continue;
		}
		if (worker->spin_us && !idle_since)
			idle_since = now_us();
		if (worker->spin_us && now_us() - idle_since < worker->spin_us)
			continue;
		if (!rest_awake(worker, awake))
			return;
	}
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	bool awake[VIRTIO_MAX_VIRTQUEUES] = { false };

	while (!atomic_load(&worker->quit)) {
		uint64_t count;

		if (read(worker->fd, &count, sizeof(count)) < 0)
			continue;
		serve_until_idle(worker, awake);
	}
	return NULL;
}

/* The program's signals are for its own threads. */
static int start_thread(struct worker *worker)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&worker->thread, NULL, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

int worker_start(struct worker *worker, struct loop_queue *queues, uint32_t n, uint64_t spin_us)
{
	int err;

	worker->queues = queues;
	worker->n = n;
	worker->spin_us = spin_us;
	worker->fd = loop_lift(eventfd(0, EFD_CLOEXEC));
	if (worker->fd < 0)
		return virtio_set_error(errno, "no eventfd for kicks: %s", strerror(errno));
	err = start_thread(worker);
	if (err)
		return virtio_set_error(err, "no thread for thread=on: %s", strerror(err));
	worker->started = true;
	return 0;
}

void worker_stop(struct worker *worker)
{
	if (worker->started) {
		atomic_store(&worker->quit, true);
		wake(worker);
		pthread_join(worker->thread, NULL);
		worker->started = false;
	}
	if (worker->fd >= 0)
		close(worker->fd);
	worker->fd = -1;
}
