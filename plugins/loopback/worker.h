/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The thread that serves all queues with `thread=on`.
 *
 * It sleeps on one eventfd, is woken by kicks, and serves the queues that
 * were kicked. It is the only thread of the plugin.
 */
#ifndef LOOPBACK_WORKER_H
#define LOOPBACK_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct loop_queue;

struct worker {
	struct loop_queue *queues;
	uint32_t n;
	uint64_t spin_us;	/* to look on before it sleeps */
	pthread_t thread;
	bool started;
	int fd;			/* eventfd, -1 until started */
	_Atomic bool quit;
};

/* 0 or -errno with a sentence. */
int worker_start(struct worker *worker, struct loop_queue *queues, uint32_t n, uint64_t spin_us);

/* Ends the thread and joins it. Accepts one that was never started. */
void worker_stop(struct worker *worker);

/* The queue has something to serve. Any thread. */
void worker_kick(struct worker *worker, struct loop_queue *q);

#endif /* LOOPBACK_WORKER_H */
