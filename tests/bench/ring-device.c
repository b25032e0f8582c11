/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The benchmark's device: registers in a structure, one queue, and a loop
 * that turns available entries into used ones. It never asks for a kick.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <virtio-poll/backend.h>

#include "ring-device.h"

struct avail {
	_Atomic uint16_t flags, idx;
	uint16_t ring[];
};

struct used {
	_Atomic uint16_t flags, idx;
	struct {
		uint32_t id, len;
	} ring[];
};

static struct ring_device *of(struct virtio_dev *vdev)
{
	return virtio_dev_backend_ctx(vdev);
}

static uint8_t get_status(struct virtio_dev *vdev)
{
	return of(vdev)->status;
}

static void set_status(struct virtio_dev *vdev, uint8_t status)
{
	of(vdev)->status = status;
}

static uint64_t get_features(struct virtio_dev *vdev)
{
	return of(vdev)->features | 1ull << VIRTIO_F_VERSION_1;
}

static int set_features(struct virtio_dev *vdev, uint64_t features)
{
	(void)vdev;
	(void)features;
	return 0;
}

static uint16_t get_queue_size(struct virtio_dev *vdev, uint16_t index)
{
	return index ? 0 : of(vdev)->queue_size;
}

static int setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct used *used = vq->vq_device;

	of(vdev)->vq = vq;
	atomic_store(&used->flags, 1);	/* no kicks; without EVENT_IDX */
	return 0;
}

static void del_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vq;
	of(vdev)->vq = NULL;
}

static void notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
}

/* As many pages as a region of the benchmark has at most. */
#define MAX_PAGES 1024

static int mem_add(struct virtio_dev *vdev, struct virtio_mem_region *region)
{
	static uint64_t pages[MAX_PAGES];
	struct ring_device *dev = of(vdev);

	if (dev->bus == BUS_IDENTITY)
		return 0;
	dev->next_iova += 1ull << 32;
	region->bus_addr = dev->next_iova;
	if (dev->bus == BUS_IOVA || region->fd >= 0)
		return 0;
	for (unsigned i = 0; i < MAX_PAGES; i++)
		pages[i] = dev->next_iova + (i * 389ull % MAX_PAGES) * RING_DEVICE_PAGE * 2;
	region->bus_pages = pages;
	region->bus_page_size = RING_DEVICE_PAGE;
	return 0;
}

static const struct virtio_dev_ops ops = {
	VIRTIO_DEV_OPS_INIT,
	.get_status = get_status,
	.set_status = set_status,
	.get_features = get_features,
	.set_features = set_features,
	.get_queue_size = get_queue_size,
	.setup_queue = setup_queue,
	.del_queue = del_queue,
	.notify_queue = notify_queue,
	.mem_add = mem_add,
};

void ring_device_start(struct ring_device *dev, struct virtio_dev *vdev)
{
	int error = virtio_dev_construct(vdev, "bench", &ops, dev);

	if (!error)
		error = virtio_dev_reset(vdev, 0);
	if (!error)
		error = virtio_dev_start(vdev, 1, 0);
	if (error) {
		fprintf(stderr, "%s\n", virtio_last_error());
		exit(1);
	}
}

uint16_t ring_device_serve(struct ring_device *dev, uint32_t len)
{
	struct avail *avail = dev->vq->vq_driver;
	struct used *used = dev->vq->vq_device;
	uint16_t mask = dev->queue_size - 1, n;
	/* Acquire: the index is read before the entries. */
	uint16_t idx = atomic_load_explicit(&avail->idx, memory_order_acquire);

	n = idx - dev->seen;
	for (; dev->seen != idx; dev->seen++, dev->used++) {
		used->ring[dev->used & mask].id = avail->ring[dev->seen & mask];
		used->ring[dev->used & mask].len = len;
	}
	/* Release: the entries are written before the index. */
	atomic_store_explicit(&used->idx, dev->used, memory_order_release);
	return n;
}
