/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtqueue as the library sees it: the public record, and the ring.
 *
 * lifecycle.c makes and frees it, virtqueue.c and sleep.c run on it, the
 * queue's thread only. Ownership is guarded by vdev->mutex.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>

#include <virtio-poll/virtqueue.h>

#include "device.h"
#include "ring.h"

struct queue {
	struct virtqueue pub;		/* first: applications hold its address */
	struct device *dev;
	_Alignas(64) struct ring ring;
	uint32_t empty_polls;		/* in a row */
	bool notify_with_data;		/* NOTIFICATION_DATA: fill pub.notify_data */
	bool set_up;			/* the transport knows it */
	bool stopped;
	uint64_t kicks;
	int wait_fd;			/* epoll, -1 until asked for */
	struct virtio_thread *owner;	/* NULL: free */
};

static inline struct queue *queue_of(struct virtqueue *vq)
{
	return (struct queue *)(void *)vq;	/* pub is the first member */
}

/* Queue i of a device, or NULL where it has none; i is below nqueues. */
static inline struct queue *queue_at(const struct device *dev, uint32_t i)
{
	return queue_of(dev->queues[i]);
}

/* May the cookies in flight be given up? Lost, removed or stopped. */
bool queue_is_over(struct queue *q);

/* The sentence why a queue that has ended takes no `call`; returns -errno. */
int queue_refuse(struct queue *q, const char *call);

#endif /* QUEUE_H */
