/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The smallest device there can be: an ops table over this process, whose
 * queues are served by calling ring_device_serve, or from another thread.
 *
 * For benchmarks: it does no work and checks nothing, so what is measured is
 * the driver.
 */
#ifndef RING_DEVICE_H
#define RING_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/virtio.h>

#define RING_DEVICE_PAGE	(2u << 20)

/* Where the device sees memory. */
enum ring_device_bus {
	BUS_IDENTITY,		/* at its virtual address */
	BUS_IOVA,		/* each region at an offset of its own */
	BUS_PAGES,		/* what has no file: in pages of 2 MiB, in disorder */
};

struct ring_device {
	enum ring_device_bus bus;
	uint64_t next_iova;
	uint64_t features;	/* offered, on top of VERSION_1 */
	uint16_t queue_size;
	uint8_t status;
	uint16_t seen;		/* available index */
	uint16_t used;
	struct virtqueue *vq;
};

/* Opens, negotiates and starts vdev on the device; exits with a message on failure. */
void ring_device_start(struct ring_device *dev, struct virtio_dev *vdev);

/* Completes all that is available with len bytes each; how many that were. */
uint16_t ring_device_serve(struct ring_device *dev, uint32_t len);

#endif /* RING_DEVICE_H */
