/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a queue of the device, and who may serve it when.
 *
 * Set up and forgotten by the control arm, served by the driver's thread or
 * by the worker. What a batch does with the ring is device-split.c's.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "device.h"
#include "lift.h"
#include "memory.h"
#include "queue.h"
#include "split.h"

int queue_init(struct loop_queue *q, struct loop_dev *dev, uint16_t index)
{
	q->dev = dev;
	q->index = index;
	q->call_fd = -1;
	return -pthread_mutex_init(&q->lock, NULL);
}

void queue_destroy(struct loop_queue *q)
{
	int fd = atomic_load(&q->call_fd);

	if (fd >= 0)
		close(fd);
	free(q->scratch);
	pthread_mutex_destroy(&q->lock);
}

/* The lock, within what is left of the control call. Whoever holds it does so
 * for one batch, which may wait for a disk. */
static int lock_in_time(struct loop_queue *q)
{
	int left = virtio_time_left();
	struct timespec until;

	if (pthread_mutex_trylock(&q->lock) == 0)
		return 0;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += left / 1000;
	until.tv_nsec += left % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	if (pthread_mutex_timedlock(&q->lock, &until) == 0)
		return 0;
	return virtio_set_error(ETIMEDOUT, "queue %u is still being served after %d ms; its file"
				" may be on a disk that does not answer", q->index, left);
}

static int check_area(const struct mem_table *memory, const char *what, uint64_t addr,
		      uint64_t len, unsigned align)
{
	size_t hint = 0;

	if (addr % align)						/* SPLIT-LAYOUT-1 */
		return virtio_set_error(EINVAL, "the %s at 0x%" PRIx64 " is not aligned to %u"
					" bytes", what, addr, align);
	if (!mem_covers(memory, &hint, addr, len))
		return virtio_set_error(EFAULT, "the %s, %" PRIu64 " bytes at 0x%" PRIx64 ", is"
					" not in memory that the device was told of", what, len,
					addr);
	return 0;
}

static int check_place(const struct loop_dev *dev, const struct ring_place *place)
{
	const struct mem_table *memory = atomic_load(&dev->memory);
	uint16_t size = place->size;
	int err;

	/* SPLIT-LAYOUT-3 */
	if (size == 0 || size & (size - 1) || size > dev->options.queue_size)
		return virtio_set_error(EINVAL, "queue size %u is no power of 2 up to %" PRIu64,
					size, dev->options.queue_size);
	err = check_area(memory, "descriptor table", place->desc, split_desc_bytes(size), 16);
	if (!err)
		err = check_area(memory, "available ring", place->avail, split_avail_bytes(size),
				 2);
	if (!err)
		err = check_area(memory, "used ring", place->used, split_used_bytes(size), 4);
	return err;
}

static bool has(uint64_t features, unsigned bit)
{
	return features >> bit & 1;
}

int queue_setup(struct loop_queue *q, const struct ring_place *place, uint64_t features)
{
	int err = check_place(q->dev, place);
	struct iovec *scratch;

	if (err)
		return err;
	scratch = calloc(place->size, sizeof(*scratch));
	if (!scratch)
		return virtio_set_error(ENOMEM, "no memory for %u segments", place->size);
	err = lock_in_time(q);
	if (err) {
		free(scratch);
		return err;
	}
	free(q->scratch);
	q->scratch = scratch;
	q->size = place->size;
	q->event_idx = has(features, VIRTIO_RING_F_EVENT_IDX);
	q->indirect = has(features, VIRTIO_RING_F_INDIRECT_DESC);
	q->strict = q->dev->options.strict;
	split_attach(q, place);
	q->ready = true;
	pthread_mutex_unlock(&q->lock);
	return 0;
}

int queue_forget(struct loop_queue *q)
{
	int err = lock_in_time(q);

	if (err)
		return err;
	q->ready = false;
	pthread_mutex_unlock(&q->lock);
	return 0;
}

int queue_wait(struct loop_queue *q)
{
	int err = lock_in_time(q);

	if (!err)
		pthread_mutex_unlock(&q->lock);
	return err;
}

bool queue_is_idle(struct loop_queue *q)
{
	if (pthread_mutex_trylock(&q->lock))
		return false;
	pthread_mutex_unlock(&q->lock);
	return true;
}

/* True with the lock held if the queue may be served. */
static bool begin(struct loop_queue *q)
{
	struct loop_dev *dev = q->dev;

	/* A queue that is served without a pause would hardly ever let go of its
	 * lock long enough: a change goes first. */
	if (atomic_load_explicit(&dev->changing, memory_order_relaxed)) {
		pthread_mutex_lock(&dev->gate);
		pthread_mutex_unlock(&dev->gate);
	}
	pthread_mutex_lock(&q->lock);
	if (q->ready && loop_dev_is_live(dev)) {
		/* acquire: the table before what it says. It stays until this
		 * queue's lock was free once. */
		q->memory = atomic_load_explicit(&dev->memory, memory_order_acquire);
		return true;
	}
	pthread_mutex_unlock(&q->lock);
	return false;
}

void queue_run(struct loop_queue *q)
{
	if (!begin(q))
		return;
	do {
		if (!split_serve(q))
			break;
		split_want_kick(q);
	} while (split_has_work(q));
	pthread_mutex_unlock(&q->lock);
}

bool queue_serve(struct loop_queue *q)
{
	bool any;

	if (!begin(q))
		return false;
	split_spare_kick(q);
	any = split_serve(q);
	pthread_mutex_unlock(&q->lock);
	return any;
}

bool queue_rest(struct loop_queue *q)
{
	bool more;

	if (!begin(q))
		return false;
	split_want_kick(q);
	more = split_has_work(q);
	pthread_mutex_unlock(&q->lock);
	return more;
}

int queue_call_fd(struct loop_queue *q)
{
	int fd = atomic_load(&q->call_fd);

	if (fd >= 0)
		return fd;
	fd = loop_lift(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (fd < 0)
		return virtio_set_error(errno, "no eventfd for queue %u: %s", q->index,
					strerror(errno));
	atomic_store_explicit(&q->call_fd, fd, memory_order_release);
	return fd;
}
