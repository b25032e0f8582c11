/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio block device for the programs of the guest tier: requests with their
 * header and status in memory that the device reaches. VIRTIO 1.3, 5.2.6.
 * A request is its own cookie.
 */
#ifndef VP_TESTS_GUEST_DISK_H
#define VP_TESTS_GUEST_DISK_H

#include <linux/virtio_blk.h>

#include "device.h"
#include "pattern.h"

#define DISK_DEPTH	32u
#define DISK_FEATURES	(1u << VIRTIO_BLK_F_FLUSH | 1u << VIRTIO_BLK_F_MQ)

struct disk_request {
	struct virtio_blk_outhdr header;	/* the device reads it */
	uint8_t status;				/* the device writes it */
	uint8_t pad[7];
	void *data;				/* the rest is ours */
	size_t len;
	uint64_t sector;
	char *buffer;				/* `bytes` of memory, as disk_requests said */
	uint8_t pad2[8];
};

/* DISK_DEPTH requests, each with a buffer of so many bytes. */
struct disk_request *disk_requests(struct virtio_dev *dev, size_t bytes);

/* Submits one, not flushed; type is VIRTIO_BLK_T_*. -errno. */
int disk_submit(struct virtqueue *vq, struct disk_request *r, uint32_t type, uint64_t sector,
		void *data, size_t len);

/* Ends the program if the device failed the request. */
void disk_check(const struct disk_request *r);

/* One request from begin to end. */
void disk_do(struct virtqueue *vq, struct disk_request *r, uint32_t type, uint64_t sector,
	     void *data, size_t len);

/* Reads sectors through the queue, which must hold the pattern of the seed. */
void disk_verify(struct virtqueue *vq, struct disk_request *requests, uint64_t first,
		 uint64_t count, unsigned seed, size_t bytes);

/* Writes the pattern of the seed, and flushes. */
void disk_fill(struct virtqueue *vq, struct disk_request *requests, uint64_t first,
	       uint64_t count, unsigned seed, size_t bytes);

#endif /* VP_TESTS_GUEST_DISK_H */
