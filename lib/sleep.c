/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sleeping while a queue is idle: a descriptor to poll, and the one-shot
 * wish for a wake-up.
 *
 * The descriptor is an epoll set of the transport's call eventfd, what the
 * transport itself waits on, and the device's loss; so it is readable on
 * work and on loss alike. Several queues may share one eventfd, so nobody
 * reads it: each set keeps its own account of signals, edge-triggered.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/epoll.h>

#include "queue.h"

/* HARD-IRQ-2: a device that never signals is looked at this often. */
#define LONGEST_NAP_MS	1000

static int make_fds(struct queue *q)
{
	int fd = q->dev->ops.queue_fd(q->pub.vdev, &q->pub);

	if (fd == -ENOTSUP && !call_has_error())
		return virtio_set_error(ENOTSUP, "this transport has no interrupts; poll the queue");
	if (fd < 0)
		return call_op_result("queue_fd", fd);
	q->wait_fd = device_make_wait_fd(q->dev, q->dev->lost_fd, fd);
	return q->wait_fd < 0 ? q->wait_fd : 0;
}

static int get_fd(struct virtqueue *vq, const char *call)
{
	struct queue *q = queue_of(vq);
	int error;

	if (!vq || q->stopped)
		return call_set_lazy_error(call, vq ? ESHUTDOWN : EINVAL,
			"there is no started queue", 0, 0, 0);
	if (q->wait_fd >= 0)
		return q->wait_fd;
	DEVICE_CALL(q->dev, call);
	error = make_fds(q);
	return error ? error : q->wait_fd;
}

int virtqueue_get_fd(struct virtqueue *vq)
{
	return get_fd(vq, "virtqueue_get_fd");
}

/* 1 if the program has something to collect, else the queue's error. */
static int over(struct queue *q, const char *call)
{
	uint16_t left = ring_in_flight(&q->ring);

	if (q->ring.failed_count || (queue_is_over(q) && left))
		return 1;
	return queue_refuse(q, call);
}

/* Takes back what the set says of signals so far. The other members, which are
 * level-triggered, stay. How many signals there were means nothing (HARD-IRQ-1). */
static int drain(struct queue *q, const char *call)
{
	struct epoll_event unused[WAIT_FD_MEMBERS];

	if (epoll_wait(q->wait_fd, unused, WAIT_FD_MEMBERS, 0) >= 0 || errno == EINTR)
		return 0;
	return call_set_lazy_error(call, errno, "the descriptor of queue %" PRIu64
		" cannot be waited on", q->pub.vq_queue_index, 0, 0);
}

static int arm(struct queue *q, const char *call)
{
	/* Drained before the wish is made: a signal that comes later stays. */
	int error = drain(q, call);

	if (error)
		return error;
	device_look(q->dev);
	if (virtqueue_get_error(&q->pub) || q->ring.failed_count)
		return over(q, call);
	if (q->ring.deferred)
		return 1;	/* the poll that follows sends it */
	if (!q->ring.ops->arm(&q->ring))
		return 0;
	q->ring.ops->disarm(&q->ring);
	return 1;
}

/* For `call`: 0, 1 if there is something to collect, or -errno. */
static int arm_for(struct virtqueue *vq, const char *call)
{
	int fd;

	if (vq && virtqueue_get_error(vq))
		return over(queue_of(vq), call);
	fd = get_fd(vq, call);
	return fd < 0 ? fd : arm(queue_of(vq), call);
}

int virtqueue_arm(struct virtqueue *vq)
{
	return arm_for(vq, "virtqueue_arm");
}

void virtqueue_disarm(struct virtqueue *vq)
{
	if (vq && !virtqueue_get_error(vq))
		queue_of(vq)->ring.ops->disarm(&queue_of(vq)->ring);
}

/* Sleeps until something may have happened, `until`, or a signal (-1). */
static int nap(int fd, uint64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t now = call_now_ms(), left = until > now ? until - now : 0;

	return poll(&p, 1, left < LONGEST_NAP_MS ? (int)left : LONGEST_NAP_MS);
}

int virtqueue_wait(struct virtqueue *vq, int timeout_ms)
{
	uint64_t until = timeout_ms < 0 ? UINT64_MAX : call_now_ms() + timeout_ms;

	for (;;) {
		int armed = arm_for(vq, "virtqueue_wait");

		if (armed)
			return armed;
		if (nap(queue_of(vq)->wait_fd, until) < 0)
			break;
		if (call_now_ms() >= until) {
			armed = arm_for(vq, "virtqueue_wait");
			virtqueue_disarm(vq);
			return armed;
		}
	}
	virtqueue_disarm(vq);
	return 0;
}
