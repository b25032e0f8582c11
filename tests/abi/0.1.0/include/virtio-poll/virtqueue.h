/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtqueues: requests out, completions back, by polling.
 *
 * A data call belongs to the queue's thread: one thread at a time per queue.
 * None of those that send and receive takes a lock, sleeps, or makes a system
 * call while there is work, except the kick a device asked for.
 * VIRTIO 1.3, sections 2.6 to 2.8.
 */
#ifndef VIRTIO_POLL_VIRTQUEUE_H
#define VIRTIO_POLL_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <virtio-poll/error.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct virtio_dev;

/* No descriptor follows: one more than the highest index there can be. */
#define VQ_RING_DESC_CHAIN_END 32768

/* Largest number of queues of a device. */
#define VIRTIO_MAX_VIRTQUEUES 0x100

/* Which way the device uses a segment. */
enum virtio_desc_type {
	VIRTIO_DESC_RO = 0,		/* the device reads it */
	VIRTIO_DESC_WR = 2,		/* the device writes it */
	VIRTIO_DESC_TYPE_PAD = 0x7fffffff /* keeps the enum at 32 bits */
};

/*
 * A queue, for reading only: the library fills it in when the device starts
 * and keeps its working state elsewhere. Valid from start to the next reset
 * or destruct; the ring and the three areas end with virtio_dev_stop and are
 * NULL then.
 */
struct virtqueue {
	struct virtio_dev *vdev;
	uint16_t vq_queue_index;
	uint16_t vq_nentries;		/* queue size, descriptors */
	uint32_t vq_ring_size;		/* bytes of the ring, all three areas */
	void *vq_ring_virt_mem;
	uint64_t vq_ring_mem;		/* bus address of vq_ring_virt_mem */
	void *vq_desc;			/* descriptor table or ring */
	void *vq_driver;		/* available ring or driver event area */
	void *vq_device;		/* used ring or device event area */
	uint64_t vq_desc_mem;		/* their bus addresses */
	uint64_t vq_driver_mem;
	uint64_t vq_device_mem;
	void *notify_addr;		/* the transport's doorbell, or NULL */
	uint32_t notify_data;		/* what to write there (NOTIFICATION_DATA) */
	uint32_t reserved32;
	uint64_t reserved[8];
};

/*
 * Opens a request. The open one before is ended and may become visible to
 * the device from now on, at the latest at the next flush. cookie comes back
 * when the request completes or fails; iovcnt segments are promised to fit
 * (more may be added while there is room). 0; -EINVAL if iovcnt is negative
 * or exceeds the queue size; -ENOMEM if there is no room now (requests are in
 * flight); -EIO, -ECONNRESET, -ENODEV or -ESHUTDOWN on a queue that is
 * broken, lost, removed or stopped. Nothing changes on failure. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtqueue_req_start(struct virtqueue *vq, void *cookie, int iovcnt);

/*
 * Appends segments to the open request: memory the library knows, readable
 * ones before writable ones. Empty segments are skipped; a segment is split
 * at region edges. iovs stays the caller's, the memory it names is the
 * device's until completion. 0, -EINVAL (order, type, or no open request),
 * -EFAULT (not registered), -ENOMEM (no room), -EMSGSIZE (more than
 * 0xfffffffe writable bytes or 4 GiB in all). An error poisons the request:
 * it is never sent, and unless aborted its cookie fails at the next flush or
 * start. Since 0.1.0.
 */
int virtqueue_req_add_iovs(struct virtqueue *vq, const struct iovec *iovs, uint16_t iovcnt,
			   enum virtio_desc_type type);

/*
 * Ends the open request (an empty one is dropped), makes every ended request
 * visible to the device, and notifies it if it asked for that. Since 0.1.0.
 */
void virtqueue_req_flush(struct virtqueue *vq);

/*
 * Drops the open request whatever was added; the queue is as it was before
 * virtqueue_req_start. Does nothing without one. Since 0.1.0.
 */
void virtqueue_req_abort(struct virtqueue *vq);

/*
 * A whole request in one call: n_readable segments, then n_writable ones at
 * iovs. Ends an open request before it. Not visible before the next flush.
 * Errors as start and add_iovs, -EINVAL also for an empty request; nothing
 * changes on failure. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtqueue_req_submit(struct virtqueue *vq, void *cookie, const struct iovec *iovs,
			 unsigned n_readable, unsigned n_writable);

/*
 * Takes up to max completed requests: their cookies, and in lens the bytes
 * that the device wrote, never more than it was offered. lens may be NULL.
 * Returns how many; 0 means nothing is ready. After virtio_dev_stop it hands
 * back what the device had completed. Since 0.1.0.
 */
uint16_t virtio_recv_pkts(struct virtqueue *vq, void **cookies, uint32_t *lens, uint16_t max);

/*
 * Takes up to max cookies of requests that will never complete: after a
 * stop, after the loss of the peer or the device, or poisoned. Each cookie
 * comes back once, here or through virtio_recv_pkts. Since 0.1.0.
 */
uint16_t virtqueue_recv_failed(struct virtqueue *vq, void **cookies, uint16_t max);

/*
 * 0, -EIO broken (the device broke a rule), -ENODEV removed, -ECONNRESET peer
 * lost, -ESHUTDOWN stopped. Any thread. Since 0.1.0.
 */
int virtqueue_get_error(struct virtqueue *vq);

/*
 * The queue's device, index, size in descriptors, descriptors a new request
 * could take, and requests in flight or ended but not yet handed back. The
 * last two belong to the queue's thread. Since 0.1.0.
 */
struct virtio_dev *virtqueue_dev(struct virtqueue *vq);
uint16_t virtqueue_index(struct virtqueue *vq);
uint16_t virtqueue_size(struct virtqueue *vq);
uint16_t virtqueue_free_descs(struct virtqueue *vq);
uint16_t virtqueue_in_flight(struct virtqueue *vq);

/* What happened on a queue since start. */
struct virtqueue_stats {
	uint64_t kicks;		/* notifications sent to the device */
	uint64_t len_clamped;	/* completions that claimed more bytes than offered */
	uint64_t reserved[6];
};

/* Fills *stats. The queue's thread. Since 0.1.0. */
void virtqueue_get_stats(struct virtqueue *vq, struct virtqueue_stats *stats);

/*
 * A descriptor to poll for input while idle: readable on work and on loss of
 * the peer. The library's: do not read or close it. Valid until the device
 * stops. -ENOTSUP where the transport has no interrupts. Queue's thread.
 * Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtqueue_get_fd(struct virtqueue *vq);

/*
 * Asks for one wake-up on the descriptor. 0: nothing is ready, sleep; 1: work
 * is ready, poll (nothing was armed); -errno: the queue's error once nothing
 * is left to collect, or -ENOTSUP. No wake-up is lost between the two.
 * Queue's thread, never blocks. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtqueue_arm(struct virtqueue *vq);

/* Takes the wish for a wake-up back; harmless if not armed. Since 0.1.0. */
void virtqueue_disarm(struct virtqueue *vq);

/*
 * Arms, sleeps up to timeout_ms milliseconds (-1: no limit of its own; loss
 * of the peer still wakes) and disarms. 1 work is ready, 0 timed out, -errno
 * as virtqueue_arm. A signal ends the sleep early with 0. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtqueue_wait(struct virtqueue *vq, int timeout_ms);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_VIRTQUEUE_H */
