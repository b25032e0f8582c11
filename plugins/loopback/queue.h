/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One queue of the device: set up and forgotten by the control arm, served on
 * the driver's thread (in its notify call) or on the worker.
 *
 * Whoever serves a queue holds its lock for one batch; whoever changes what
 * serving relies on goes through the lock of each queue afterwards. So a
 * queue costs one uncontended lock per kick, and none per request.
 */
#ifndef LOOPBACK_QUEUE_H
#define LOOPBACK_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "chain.h"
#include "ring.h"

struct loop_dev;
struct mem_table;

struct loop_queue {
	_Alignas(64) pthread_mutex_t lock;
	struct loop_dev *dev;
	uint16_t index;

	/* Under lock, from queue_setup to queue_forget. */
	bool ready;
	bool mute;		/* takes requests, completes none (a fault, a breach) */
	bool spares_kicks;	/* the driver has been told so */
	bool event_idx, indirect;
	bool strict;
	uint16_t size;
	const struct ring_desc *desc;
	struct ring_avail *avail;
	struct ring_used *used;
	_Atomic uint16_t *used_event, *avail_event;
	uint16_t avail_idx;	/* the driver's, as last read */
	uint16_t last_avail;	/* the next to take */
	uint16_t used_idx;	/* the next to write */
	uint16_t shown_idx;	/* used idx as last published */
	uint16_t signalled_idx;	/* used idx when the driver was last asked */
	const struct mem_table *memory;	/* of this batch */
	size_t mem_hint;
	struct iovec *scratch;	/* size entries */

	/* Any thread. */
	_Atomic int call_fd;	/* to the driver; -1 until somebody sleeps on it */
	_Atomic bool kicked;	/* to the worker */
};

/* Where the driver has laid out a ring, as it tells the device. */
struct ring_place {
	uint64_t desc, avail, used;
	uint16_t size;
};

int queue_init(struct loop_queue *q, struct loop_dev *dev, uint16_t index);
void queue_destroy(struct loop_queue *q);

/* 0 or -errno with a sentence. The control arm, on a queue that is not ready. */
int queue_setup(struct loop_queue *q, const struct ring_place *place, uint64_t features);

/* The device knows the ring no more. -ETIMEDOUT: the queue is being served
 * and did not come to an end in time; nothing has changed. */
int queue_forget(struct loop_queue *q);

/* Waits until nobody serves the queue who began before. 0 or -ETIMEDOUT. */
int queue_wait(struct loop_queue *q);

/* Nobody is serving it at this moment. */
bool queue_is_idle(struct loop_queue *q);

/* Takes and serves what is there, then asks for the next kick: all of it on
 * the caller's thread. */
void queue_run(struct loop_queue *q);

/* For the worker: the same in two halves. queue_serve asks for no kicks and
 * returns whether there was anything; queue_rest asks for a kick and returns
 * whether something has come meanwhile. */
bool queue_serve(struct loop_queue *q);
bool queue_rest(struct loop_queue *q);

/* The eventfd that the device signals the driver with, made at the first
 * call. -errno with a sentence. */
int queue_call_fd(struct loop_queue *q);

#endif /* LOOPBACK_QUEUE_H */
