/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The queues of one start: as many as the device has of those asked for, in
 * one allocation that no other device is given. Each queue is one piece for
 * the device: where only huge pages are that, it lies inside one.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "memory-registry.h"
#include "queue.h"
#include "queue-set.h"
#include "ring-layout.h"

/* Each queue starts on a page of its own, also for IOMMUs. */
#define QUEUE_ALIGN 4096

static bool has(const struct device *dev, unsigned bit)
{
	return dev->vdev->negotiated_features >> bit & 1;
}

static struct ring_layout layout_of(const struct device *dev, uint16_t size)
{
	return ring_split_layout_in(size, has(dev, VIRTIO_RING_F_INDIRECT_DESC), dev->huge_page);
}

static size_t room_of(const struct device *dev, uint16_t size)
{
	return (layout_of(dev, size).total + QUEUE_ALIGN - 1) & ~(size_t)(QUEUE_ALIGN - 1);
}

/* Asks for the size of each queue; sizes[i] stays 0 where one is absent. */
static int ask_sizes(struct device *dev, uint32_t n, uint16_t *sizes, uint32_t *present)
{
	for (uint32_t i = 0; i < n; i++) {
		sizes[i] = dev->ops.get_queue_size(dev->vdev, i);
		/* HARD-QSZ-1: a fixed queue is needed, a request queue is not. */
		if (!sizes[i] && i < dev->vdev->fixed_queues_num)
			return virtio_set_error(ENODEV, "the device has no queue %" PRIu32 ", one of"
						" the %u fixed ones", i, dev->vdev->fixed_queues_num);
		/* HARD-QSZ-2, -3 */
		if (sizes[i] && !ring_split_size_ok(sizes[i]))
			return virtio_set_error(EPROTO, "queue %" PRIu32 " has size %u; a split queue"
						" has a power of 2 up to 32768", i, sizes[i]);
		if (sizes[i])
			*present = i + 1;
	}
	if (!n)
		return virtio_set_error(ENODEV, "the device says that it has no queues");
	if (!*present)
		return virtio_set_error(ENODEV, "the device has none of the %" PRIu32 " queues", n);
	return 0;
}

static void number_queue(struct queue *q, struct device *dev, uint32_t index, uint16_t size)
{
	q->dev = dev;
	q->wait_fd = -1;
	q->notify_with_data = has(dev, VIRTIO_F_NOTIFICATION_DATA);
	q->pub.vdev = dev->vdev;
	q->pub.vq_queue_index = index;
	q->pub.vq_nentries = size;
}

static int lay_out(struct queue *q, char *memory)
{
	struct device *dev = q->dev;
	struct ring_layout l = layout_of(dev, q->pub.vq_nentries);
	struct ring_area area = {
		.desc = (void *)memory,
		.avail = (void *)(memory + l.driver),
		.used = (void *)(memory + l.device),
		.tables = l.table_len ? (void *)(memory + l.tables) : NULL,
		.table_len = l.table_len,
	};

	q->pub.vq_ring_virt_mem = memory;
	q->pub.vq_ring_size = l.ring_size;
	q->pub.vq_desc = area.desc;
	q->pub.vq_driver = area.avail;
	q->pub.vq_device = area.used;
	if (ring_init(&q->ring, ring_split_ops(l.table_len != 0, has(dev, VIRTIO_RING_F_EVENT_IDX),
					     false),
		      q->pub.vq_nentries, &area, &dev->map))
		return virtio_set_error(ENOMEM, "no memory for queue %u of %u descriptors",
					q->pub.vq_queue_index, q->pub.vq_nentries);
	q->ring.vq = &q->pub;
	q->ring.index = q->pub.vq_queue_index;
	/* SPLIT-USEDEV-2, -4: a polling driver wants no notifications. */
	q->ring.ops->disarm(&q->ring);
	return 0;
}

static int make_queue(struct device *dev, uint32_t index, uint16_t size, char *memory)
{
	struct queue *q = aligned_alloc(_Alignof(struct queue), sizeof(*q));

	if (!q)
		return virtio_set_error(ENOMEM, "no memory for queue %" PRIu32, index);
	*q = (struct queue){ 0 };
	number_queue(q, dev, index, size);
	pthread_mutex_lock(&dev->vdev->mutex);
	dev->queues[index] = &q->pub;
	pthread_mutex_unlock(&dev->vdev->mutex);
	return lay_out(q, memory);
}

/* Room for n queues, all absent so far. */
static int make_list(struct device *dev, uint32_t n)
{
	struct virtqueue **queues = calloc(n, sizeof(*queues));

	if (!queues)
		return virtio_set_error(ENOMEM, "no memory for %" PRIu32 " queues", n);
	pthread_mutex_lock(&dev->vdev->mutex);
	dev->queues = queues;
	dev->nqueues = n;
	pthread_mutex_unlock(&dev->vdev->mutex);
	dev->vdev->vqs = queues;
	dev->vdev->max_queues = n;
	return 0;
}

/* Where each queue goes, and at[n] is the end of the last. */
static int place_queues(struct device *dev, uint32_t n, const uint16_t *sizes, size_t *at)
{
	size_t end = 0;

	for (uint32_t i = 0; i < n; i++) {
		size_t room = sizes[i] ? room_of(dev, sizes[i]) : 0;

		if (dev->huge_page && room > dev->huge_page)
			return virtio_set_error(ENOMEM, "queue %" PRIu32 " of %u descriptors takes"
						" %zu bytes in one piece, the pages that the device"
						" can reach have %" PRIu64 "; use a smaller queue-size",
						i, sizes[i], room, dev->huge_page);
		at[i] = ring_place(end, room, dev->huge_page);
		end = at[i] + room;
	}
	at[n] = end;
	return 0;
}

static int make_queues(struct device *dev, uint32_t n, const uint16_t *sizes)
{
	size_t at[VIRTIO_MAX_VIRTQUEUES + 1];
	void *memory;
	int error = make_list(dev, n);

	if (!error)
		error = place_queues(dev, n, sizes, at);
	if (!error)
		error = mem_alloc_rings(dev->vdev, at[n], dev->huge_page, &memory);
	if (error)
		return error;
	dev->ring_memory = memory;
	for (uint32_t i = 0; i < n && !error; i++)
		if (sizes[i])
			error = make_queue(dev, i, sizes[i], (char *)memory + at[i]);
	return error;
}

int queue_set_make(struct device *dev, uint32_t max_queues)
{
	uint16_t sizes[VIRTIO_MAX_VIRTQUEUES] = { 0 };
	uint32_t n = dev->ops.get_max_queues(dev->vdev), present = 0;
	int error;

	/* HARD-NQ-1, -2: never more than asked for. */
	n = n < max_queues ? n : max_queues;
	if (n < dev->vdev->fixed_queues_num)
		return virtio_set_error(ENODEV, "the device has %" PRIu32 " queues, fewer than the"
					" %u fixed ones", n, dev->vdev->fixed_queues_num);
	error = device_note_page_size(dev);
	if (!error)
		error = ask_sizes(dev, n, sizes, &present);
	if (error)
		return error;
	device_free_queues(dev);
	return make_queues(dev, present, sizes);
}

/* Bus addresses of the ring, which must be one piece for the device. */
static int place_on_bus(struct queue *q)
{
	struct ring_area *area = &q->ring.area;
	uint64_t start = (uintptr_t)q->pub.vq_ring_virt_mem;
	size_t len = (size_t)q->pub.vq_ring_size, tables = 0;
	struct mem_window w;

	if (area->tables) {
		tables = (uintptr_t)area->tables - start;
		len = tables + (size_t)q->pub.vq_nentries * area->table_len *
			       sizeof(struct split_desc);
	}
	if (!mem_map_find(&q->dev->map, start, &w) || !mem_window_holds(&w, start, len))
		return virtio_set_error(EFAULT, "the ring of queue %u is not one piece of memory for"
					" the device", q->pub.vq_queue_index);
	q->pub.vq_ring_mem = q->pub.vq_desc_mem = start + w.delta;
	q->pub.vq_driver_mem = (uintptr_t)area->avail + w.delta;
	q->pub.vq_device_mem = (uintptr_t)area->used + w.delta;
	area->tables_bus = start + tables + w.delta;
	if (w.delta || q->dev->vdev->is_hw)
		q->ring.ops = ring_split_ops(area->tables != NULL,
					     has(q->dev, VIRTIO_RING_F_EVENT_IDX), true);
	return 0;
}

int queue_set_set_up(struct device *dev)
{
	for (uint32_t i = 0; i < dev->nqueues; i++) {
		struct queue *q = queue_at(dev, i);
		int error = q ? place_on_bus(q) : 0;

		if (q && !error)
			error = call_op_result("setup_queue",
					       dev->ops.setup_queue(dev->vdev, &q->pub));
		if (error)
			return error;
		if (q)
			q->set_up = true;
	}
	return 0;
}

static void forget_ring(struct queue *q)
{
	q->pub.vq_ring_virt_mem = q->pub.vq_desc = q->pub.vq_driver = q->pub.vq_device = NULL;
	q->pub.vq_ring_mem = q->pub.vq_desc_mem = q->pub.vq_driver_mem = 0;
	q->pub.vq_device_mem = 0;
	q->pub.notify_addr = NULL;
}

static void end_queue(struct queue *q, bool confirmed)
{
	struct device *dev = q->dev;

	if (confirmed)
		q->ring.ops->harvest(&q->ring);
	ring_set_error(&q->ring, -ESHUTDOWN);
	ring_end(&q->ring);
	pthread_mutex_lock(&dev->vdev->mutex);
	q->stopped = true;
	q->owner = NULL;
	pthread_mutex_unlock(&dev->vdev->mutex);
	if (q->set_up)
		dev->ops.del_queue(dev->vdev, &q->pub);
	q->set_up = false;
	if (q->wait_fd >= 0)
		close(q->wait_fd);
	q->wait_fd = -1;
}

void queue_set_end(struct device *dev, bool confirmed)
{
	for (uint32_t i = 0; i < dev->nqueues; i++)
		if (dev->queues[i])
			end_queue(queue_at(dev, i), confirmed);
}

void queue_set_free_rings(struct device *dev, bool quarantine)
{
	for (uint32_t i = 0; i < dev->nqueues; i++)
		if (dev->queues[i])
			forget_ring(queue_at(dev, i));
	if (dev->ring_memory)
		mem_free_rings(dev->ring_memory, quarantine);
	dev->ring_memory = NULL;
}

void device_free_queues(struct device *dev)
{
	uint32_t n = dev->nqueues;
	struct virtqueue **queues = dev->queues;

	/* Owners and reports of other threads are done with the list, then. */
	pthread_mutex_lock(&dev->vdev->mutex);
	dev->nqueues = 0;
	dev->queues = NULL;
	pthread_mutex_unlock(&dev->vdev->mutex);
	dev->vdev->vqs = NULL;
	for (uint32_t i = 0; i < n; i++) {
		if (queues[i])
			ring_release(&queue_of(queues[i])->ring);
		free(queues[i]);
	}
	free(queues);
}
