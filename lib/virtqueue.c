/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data calls: a thin layer between the program, the ring and the
 * transport's doorbell.
 *
 * Each call looks at the queue's error word, lets the ring do the work and,
 * where the ring says so, notifies. Nothing here locks; an idle queue lets
 * the transport look at its peer now and then.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include "queue.h"
#include "ring-error.h"
#include "trace.h"

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* Empty polls in a row between two looks at the peer; a power of 2. */
#define LOOK_EVERY	64u

static inline int error_of(struct queue *q)
{
	/* Relaxed: the word guards no other data. */
	return atomic_load_explicit(&q->ring.error, memory_order_relaxed);
}

static const char *over_text(int error)
{
	switch (error) {
	case -ECONNRESET:
		return "queue %" PRIu64 ": the peer is gone; collect its cookies with"
		       " virtqueue_recv_failed and open the device again";
	case -ENODEV:
		return "queue %" PRIu64 ": the device was removed; collect its cookies with"
		       " virtqueue_recv_failed";
	case -ESHUTDOWN:
		return "queue %" PRIu64 ": the device is stopped; reset and start it first";
	default:
		return "queue %" PRIu64 " is broken; stop the device, its cookies come back then";
	}
}

__attribute__((noinline)) int queue_refuse(struct queue *q, const char *call)
{
	const struct ring_violation *v = &q->ring.violation;
	int error = error_of(q);

	if (error == -EIO && v->fmt)
		return call_set_lazy_error(call, EIO, v->fmt, v->a, v->b, 0);
	return call_set_lazy_error(call, -error, over_text(error), q->pub.vq_queue_index, 0, 0);
}

int virtqueue_req_start(struct virtqueue *vq, void *cookie, int iovcnt)
{
	struct queue *q = queue_of(vq);

	if (unlikely(error_of(q)))
		return queue_refuse(q, "virtqueue_req_start");
	/* A negative count is larger than any queue. */
	return q->ring.ops->start(&q->ring, cookie, (unsigned)iovcnt);
}

static __attribute__((noinline)) int bad_type(struct ring *r, unsigned type)
{
	int error = call_set_lazy_error("virtqueue_req_add_iovs", EINVAL,
		"type %" PRIu64 " is neither VIRTIO_DESC_RO nor VIRTIO_DESC_WR", type, 0, 0);

	return ring_has_open(r) ? ring_poison(r, error) : error;
}

int virtqueue_req_add_iovs(struct virtqueue *vq, const struct iovec *iovs, uint16_t iovcnt,
			   enum virtio_desc_type type)
{
	struct ring *r = &queue_of(vq)->ring;

	if (type == VIRTIO_DESC_WR)
		return r->ops->add_writable(r, iovs, iovcnt);
	if (likely(type == VIRTIO_DESC_RO))
		return r->ops->add_readable(r, iovs, iovcnt);
	return bad_type(r, type);
}

int virtqueue_req_submit(struct virtqueue *vq, void *cookie, const struct iovec *iovs,
			 unsigned n_readable, unsigned n_writable)
{
	struct queue *q = queue_of(vq);

	if (unlikely(error_of(q)))
		return queue_refuse(q, "virtqueue_req_submit");
	return q->ring.ops->submit(&q->ring, cookie, iovs, n_readable, n_writable);
}

static void kick(struct queue *q)
{
	struct virtio_dev *vdev = q->pub.vdev;

	q->kicks++;
	trace_kick(q, q->kicks);
	/* NOTIFDATA-1, -2: the queue, and the whole 16-bit index. */
	if (q->notify_with_data)
		q->pub.notify_data = q->pub.vq_queue_index | (uint32_t)q->ring.published << 16;
	q->dev->ops.notify_queue(vdev, &q->pub);
}

/* On a queue that sends nothing any more a request still ends, and fails. */
static __attribute__((noinline)) void flush_nowhere(struct ring *r)
{
	if (!ring_has_open(r))
		return;
	if (r->request.count || r->request.state == REQUEST_POISONED)
		ring_fail_open(r);
	else
		ring_abort(r);
}

void virtqueue_req_flush(struct virtqueue *vq)
{
	struct queue *q = queue_of(vq);

	if (unlikely(error_of(q)))
		flush_nowhere(&q->ring);
	else if (q->ring.ops->publish(&q->ring))
		kick(q);
}

void virtqueue_req_abort(struct virtqueue *vq)
{
	ring_abort(&queue_of(vq)->ring);
}

bool queue_is_over(struct queue *q)
{
	int error = error_of(q);

	return q->stopped || error == -ECONNRESET || error == -ENODEV;
}

/* The ring just found a violation: tell the program, once. */
static __attribute__((noinline)) void report_violation(struct queue *q)
{
	char text[200];

	const struct ring_violation *v = &q->ring.violation;

	if (!v->fmt)
		return;
	call_set_lazy_error("virtio_recv_pkts", EIO, v->fmt, v->a, v->b, 0);
	ring_violation_text(&q->ring, text, sizeof(text));
	virtio_dev_report(q->pub.vdev, VIRTIO_EVENT_QUEUE_BROKEN, "queue %u is broken: %s",
			  (unsigned)q->pub.vq_queue_index, text);
}

/* What could not be sent while memory was being unregistered: once more. With
 * a request open, the next flush does it. */
static void send_deferred(struct queue *q)
{
	if (ring_has_open(&q->ring) || error_of(q))
		return;
	q->ring.deferred = false;
	virtqueue_req_flush(&q->pub);
}

/* Nothing taken: nothing there, or the queue has ended, or it was just broken. */
static __attribute__((noinline)) uint16_t recv_nothing(struct queue *q, void **cookies,
						       uint32_t *lens, uint16_t max)
{
	if (q->stopped)
		return ring_take_done(&q->ring, cookies, lens, max);
	if (q->ring.deferred)
		send_deferred(q);
	if (!error_of(q) && !(++q->empty_polls % LOOK_EVERY))
		device_look_seldom(q->dev);
	return 0;
}

uint16_t virtio_recv_pkts(struct virtqueue *vq, void **cookies, uint32_t *lens, uint16_t max)
{
	struct queue *q = queue_of(vq);
	uint16_t n;

	if (unlikely(error_of(q)))
		return recv_nothing(q, cookies, lens, max);
	n = q->ring.ops->poll(&q->ring, cookies, lens, max);
	if (unlikely(error_of(q) == -EIO))
		report_violation(q);
	if (likely(n)) {
		q->empty_polls = 0;
		return n;
	}
	return recv_nothing(q, cookies, lens, max);
}

uint16_t virtqueue_recv_failed(struct virtqueue *vq, void **cookies, uint16_t max)
{
	struct queue *q = queue_of(vq);

	if (!vq)
		return 0;
	if (queue_is_over(q)) {
		flush_nowhere(&q->ring);
		ring_set_dead(&q->ring);
	}
	return ring_take_failed(&q->ring, cookies, max);
}

int virtqueue_get_error(struct virtqueue *vq)
{
	return vq ? error_of(queue_of(vq)) : -EINVAL;
}

struct virtio_dev *virtqueue_dev(struct virtqueue *vq)
{
	return vq ? vq->vdev : NULL;
}

uint16_t virtqueue_index(struct virtqueue *vq)
{
	return vq ? vq->vq_queue_index : 0;
}

uint16_t virtqueue_size(struct virtqueue *vq)
{
	return vq ? vq->vq_nentries : 0;
}

uint16_t virtqueue_free_descs(struct virtqueue *vq)
{
	return vq ? ring_free_descs(&queue_of(vq)->ring) : 0;
}

uint16_t virtqueue_in_flight(struct virtqueue *vq)
{
	return vq ? ring_in_flight(&queue_of(vq)->ring) : 0;
}

void virtqueue_get_stats(struct virtqueue *vq, struct virtqueue_stats *stats)
{
	*stats = (struct virtqueue_stats){ 0 };
	if (!vq)
		return;
	stats->kicks = queue_of(vq)->kicks;
	stats->len_clamped = queue_of(vq)->ring.len_clamped;
}
