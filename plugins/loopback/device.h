/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device: status, features, memory, queues, and what holds them together.
 *
 * The control arm (plugin.c, one call at a time) changes it; queues read it
 * while they are served. `gate` makes a queue that is served without a pause
 * let a change in.
 */
#ifndef LOOPBACK_DEVICE_H
#define LOOPBACK_DEVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_config.h>

#include "blk.h"
#include "faults.h"
#include "memory.h"
#include "options.h"
#include "queue.h"
#include "report.h"
#include "worker.h"

struct virtio_dev;

struct loop_dev {
	struct loop_options options;
	struct blk blk;
	struct fault_plan faults;
	bool faulty;			/* a fault concerns requests */
	struct report report;
	struct worker worker;

	_Atomic uint8_t status;
	_Atomic bool lost;		/* the fault `die` has happened */
	uint64_t offered;
	uint64_t accepted;		/* as the driver wrote it */

	_Atomic(struct mem_table *) memory;	/* NULL: none yet */
	struct mem_table *retired;	/* tables that a queue may still be reading */
	pthread_mutex_t gate;		/* held during a change */
	_Atomic bool changing;

	struct loop_queue *queues;	/* options.num_queues */
	uint32_t queues_made;
};

/* Makes a device of parsed options, whose strings it takes over: 0 or -errno
 * with a sentence. */
int loop_dev_new(struct loop_options *options, struct loop_dev **made);

/* Ends the worker, frees all. A half-built device and NULL are allowed. */
void loop_dev_free(struct loop_dev *dev);

/* Writing 0 is a reset; it has not happened until the status reads 0. */
void loop_dev_set_status(struct loop_dev *dev, uint8_t value);

int loop_dev_set_features(struct loop_dev *dev, uint64_t features);

/* Ends all access to memory: 0 or -ETIMEDOUT. */
int loop_dev_stop(struct loop_dev *dev);

int loop_dev_mem_add(struct loop_dev *dev, uint64_t addr, uint64_t len);
int loop_dev_mem_remove(struct loop_dev *dev, uint64_t addr, uint64_t len);

/* May requests be taken? */
static inline bool loop_dev_is_live(struct loop_dev *dev)
{
	uint8_t status = atomic_load_explicit(&dev->status, memory_order_acquire);

	return (status & (VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET |
			  VIRTIO_CONFIG_S_FAILED)) == VIRTIO_CONFIG_S_DRIVER_OK &&
	       !atomic_load_explicit(&dev->lost, memory_order_relaxed);
}

/* Sets NEEDS_RESET; the sentence goes with the event. Any thread. */
void loop_dev_ask_reset(struct loop_dev *dev, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Nothing is taken from now on; PEER_LOST is reported. Any thread. */
void loop_dev_lose(struct loop_dev *dev);

/* Hands over what the device has to tell. Does not wait. */
void loop_dev_poll(struct loop_dev *dev, struct virtio_dev *vdev);

#endif /* LOOPBACK_DEVICE_H */
