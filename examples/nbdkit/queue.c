/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One request, to the device and back, for many threads on few virtqueues.
 *
 * A virtqueue belongs to the thread that holds its lock. Of the threads that
 * wait for a completion one polls for all: it spins for a while, lets the lock
 * go in between so that others can send, and then sleeps on the queue's
 * descriptor. The others sleep on a condition of their own. When the polling
 * thread has what it wanted, it wakes one of those to take over.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "disk.h"

#define NS_PER_S	1000000000ull
#define SPIN_NS		50000u		/* polled so long before going to sleep */
#define NAP_MS		100		/* slept so long before looking at the device */
#define REAP		16u
#define UNWRITTEN	0xff		/* no status of the device's */

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* A queue for each thread, as far as there are enough. */
static struct queue *my_queue(struct disk *d)
{
	static _Thread_local unsigned number;	/* from 1 on */

	if (!number)
		number = atomic_fetch_add(&d->n_threads, 1) + 1;
	return &d->queues[number % d->n_queues];
}

struct slot *slot_get(struct disk *d)
{
	struct slot *s = NULL;

	pthread_mutex_lock(&d->slots_lock);
	while (!d->free_slots && !d->lost)
		pthread_cond_wait(&d->slot_returned, &d->slots_lock);
	if (!d->lost) {
		s = d->free_slots;
		d->free_slots = s->next;
	}
	pthread_mutex_unlock(&d->slots_lock);
	return s;
}

void slot_put(struct disk *d, struct slot *s)
{
	if (s->in_flight)
		return;
	pthread_mutex_lock(&d->slots_lock);
	s->next = d->free_slots;
	d->free_slots = s;
	pthread_cond_signal(&d->slot_returned);
	pthread_mutex_unlock(&d->slots_lock);
}

/* The data in segments as long as the device takes them: how many. */
static unsigned put_segments(const struct disk *d, const struct slot *s, uint32_t bytes,
			     struct iovec *iov)
{
	unsigned n = 0;

	for (uint32_t at = 0; at < bytes; n++) {
		uint32_t len = bytes - at < d->segment_max ? bytes - at : d->segment_max;

		iov[n] = (struct iovec){ s->data + at, len };
		at += len;
	}
	return n;
}

static int submit(struct disk *d, struct queue *q, struct slot *s, uint32_t type,
		  uint64_t offset, uint32_t bytes)
{
	struct iovec iov[1 + SEGMENTS_MAX + 1] = { { &s->wire->header, 16 } };
	unsigned n = put_segments(d, s, bytes, iov + 1);
	bool from_device = type == VIRTIO_BLK_T_IN;
	int err;

	s->wire->header = (struct virtio_blk_outhdr){
		.type = htole32(type),
		.sector = htole64(offset / SECTOR),
	};
	s->wire->status = UNWRITTEN;
	iov[1 + n] = (struct iovec){ &s->wire->status, 1 };
	err = virtqueue_req_submit(q->vq, s, iov, from_device ? 1 : 1 + n,
				   from_device ? n + 1 : 1);
	if (err)
		return err;
	s->in_flight = true;
	virtqueue_req_flush(q->vq);
	return 0;
}

/* As submit, but waits for room in the ring, which others are about to make. */
static int submit_patiently(struct disk *d, struct queue *q, struct slot *s, uint32_t type,
			    uint64_t offset, uint32_t bytes)
{
	int err;

	while ((err = submit(d, q, s, type, offset, bytes)) == -ENOMEM && !d->lost) {
		pthread_mutex_unlock(&q->lock);
		poll(NULL, 0, 1);
		pthread_mutex_lock(&q->lock);
	}
	return err;
}

/* Takes what is completed and wakes those who wait for it. */
static bool reap(struct queue *q)
{
	void *cookies[REAP];
	uint16_t n = virtio_recv_pkts(q->vq, cookies, NULL, REAP);

	for (uint16_t i = 0; i < n; i++) {
		struct slot *s = cookies[i];

		s->in_flight = false;
		pthread_cond_signal(&s->wake);
	}
	return n;
}

static bool has_ended(struct disk *d, struct queue *q)
{
	int err = virtqueue_get_error(q->vq);

	if (err)
		disk_lose(d, err == -EIO ? "the device broke a rule" : "the device is gone");
	return err;
}

/*
 * Sleeps until something happens on the queue, but not for long. This is what
 * virtqueue_wait does, in three steps: the lock is free while we sleep. Others
 * may send then, but they do not poll, which would take our wake-up back.
 */
static void nap(struct disk *d, struct queue *q)
{
	int armed = virtqueue_arm(q->vq);
	struct pollfd p = { .fd = -1, .events = POLLIN };

	if (armed > 0)
		return;
	/* A transport without interrupts: look again after a millisecond. */
	if (armed == 0)
		p.fd = virtqueue_get_fd(q->vq);
	pthread_mutex_unlock(&q->lock);
	if (poll(&p, 1, armed == 0 ? NAP_MS : 1) == 0)
		disk_look(d);
	pthread_mutex_lock(&q->lock);
	virtqueue_disarm(q->vq);
}

/* Polls for all who wait on the queue, until `mine` is back. */
static void poll_for_all(struct disk *d, struct queue *q, const struct slot *mine,
			 uint64_t deadline)
{
	uint64_t idle_since = now_ns();

	q->polled = true;
	while (mine->in_flight && !d->lost) {
		uint64_t now = now_ns();

		if (reap(q)) {
			idle_since = now;
		} else if (has_ended(d, q)) {
			break;
		} else if (now > deadline) {
			disk_lose(d, "the device does not answer");
		} else if (now - idle_since > SPIN_NS) {
			nap(d, q);
		} else {
			pthread_mutex_unlock(&q->lock);
			sched_yield();
			pthread_mutex_lock(&q->lock);
		}
	}
	q->polled = false;
}

/* Somebody has to poll as long as anybody waits. */
static void hand_over(struct disk *d, struct queue *q)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *s = &d->slots[i];

		/* Of other queues' slots this is not ours to read. */
		if (atomic_load(&s->waits_on) == q && s->in_flight) {
			pthread_cond_signal(&s->wake);
			return;
		}
	}
}

static void await(struct disk *d, struct queue *q, struct slot *s)
{
	uint64_t deadline = now_ns() + d->timeout_s * NS_PER_S;

	atomic_store(&s->waits_on, q);
	while (s->in_flight && !d->lost) {
		if (q->polled)
			pthread_cond_wait(&s->wake, &q->lock);
		else
			poll_for_all(d, q, s, deadline);
	}
	atomic_store(&s->waits_on, NULL);
	if (!q->polled)
		hand_over(d, q);
}

/* The device could still write the status: it is read once. */
static int result(const struct slot *s)
{
	uint8_t status = *(const volatile uint8_t *)&s->wire->status;

	if (s->in_flight || (status != VIRTIO_BLK_S_OK && status != VIRTIO_BLK_S_UNSUPP))
		return -EIO;
	return status == VIRTIO_BLK_S_OK ? 0 : -ENOTSUP;
}

int queue_run(struct disk *d, struct slot *s, uint32_t type, uint64_t offset, uint32_t bytes)
{
	struct queue *q = my_queue(d);
	int err;

	if (d->lost)
		return -EIO;
	pthread_mutex_lock(&q->lock);
	err = submit_patiently(d, q, s, type, offset, bytes);
	if (err)
		has_ended(d, q);
	else
		await(d, q, s);
	pthread_mutex_unlock(&q->lock);
	return err ? -EIO : result(s);
}
