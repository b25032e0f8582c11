/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What stands behind virtio_dev.priv: one device's private state, for the
 * files of the control arm.
 *
 * Lock order: the memory lock (memory-registry.h), a device's control lock,
 * its vdev->mutex. Ops run under the control lock, one at a time, except
 * notify_queue, and never under vdev->mutex.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/backend.h>

#include "call.h"
#include "memory-map.h"

enum device_state {
	DEVICE_NEW,		/* constructed, or start failed: needs a reset */
	DEVICE_NEGOTIATED,
	DEVICE_STARTED,
	DEVICE_STOPPED,		/* its queues may still hand back cookies */
};

struct mem_told;

struct device {
	struct virtio_dev *vdev;
	struct virtio_dev_ops ops;
	void *ctx;			/* the backend's, whatever vdev->ctx became */
	pthread_mutex_t control;	/* recursive: an op may call a public function */
	enum device_state state;
	bool unconfirmed;		/* stopped, perhaps: it may still touch memory */
	int timeout_ms;
	uint64_t features_off;		/* switched off by option */
	uint64_t device_features;	/* as offered at the last reset */

	struct virtqueue **queues;	/* vdev->vqs too; NULL where absent. The list is */
	uint32_t nqueues;		/* changed under both control and vdev->mutex */
	void *ring_memory;		/* all rings and tables of a start */
	uint64_t huge_page;		/* it reaches no smaller ones; 0: any */
	struct mem_map map;
	struct mem_told *told;		/* what the device was given (memory-device.c) */
	uint32_t told_count, told_capacity;
	struct device *next_attached;	/* memory.c's list */

	_Atomic uint32_t events;	/* VIRTIO_EVENT_*, until read */
	_Atomic int lost;		/* 0, -ECONNRESET or -ENODEV */
	_Atomic uint64_t next_look_ms;	/* when the peer is looked at again */
	int event_fd;			/* eventfd: events wait */
	int lost_fd;			/* eventfd: the device is lost, stays readable */
	int wait_fd;			/* epoll of event_fd and the transport's own */
};

static inline struct device *device_of(const struct virtio_dev *vdev)
{
	return vdev ? vdev->priv : NULL;
}

void device_lock(struct device *dev);
void device_unlock(struct device *dev);

/* Opens the scope of a control call: its name, its deadline, the lock. */
#define DEVICE_CALL(dev, name) \
	CALL(name, (dev)->timeout_ms); \
	struct device *device_scope __attribute__((cleanup(device_scope_end), unused)) = \
		device_scope_begin(dev, call_scope.outer)

/* Takes the lock; a call that a program makes looks at the peer first. */
struct device *device_scope_begin(struct device *dev, bool outer);
void device_scope_end(struct device **dev);

/* -EINVAL and the sentence that vdev is not an open device. */
int device_missing(const char *call);

/* What virtio_dev_open found among the options of an address. */
int device_set_options(struct virtio_dev *vdev, int timeout_ms, uint64_t features_off);

/* What the transport can take of memory: no limits but those it names. */
int device_mem_limits(struct device *dev, struct virtio_mem_limits *limits);

/* Asks in what pages memory has to lie, for the rings of a start and for what is
 * allocated from now on. */
int device_note_page_size(struct device *dev);

/* lifecycle.c: stops a started device; 0, or -ETIMEDOUT. */
int device_stop(struct device *dev);
/* queue-set.c: frees the queues that a start left. */
void device_free_queues(struct device *dev);

/* events.c */
int device_events_init(struct device *dev);
void device_events_release(struct device *dev);
/* Nothing has failed any more: a new start begins. */
void device_events_rearm(struct device *dev);
/* Lets the transport look at its peer unless another thread does just now. */
void device_look(struct device *dev);
/* The same, and it may read the device's registers: for control calls. */
void device_look_closely(struct device *dev);
/* As device_look, at most once per millisecond. */
void device_look_seldom(struct device *dev);
/* An epoll descriptor over own_fd, the transport's own, and call_fd (may be
 * -1): that one edge-triggered. */
#define WAIT_FD_MEMBERS 3
int device_make_wait_fd(struct device *dev, int own_fd, int call_fd);

/* features.c: what to accept of what is offered. */
uint64_t features_choose(uint64_t offered, uint64_t requested, uint64_t off, bool is_hw,
			 uint16_t device_id);

/* status bits, on top of what is there (STATUS-2, -5) */
void device_add_status(struct device *dev, uint8_t bits);

#endif /* DEVICE_H */
