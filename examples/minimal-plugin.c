/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backend `zero`, all of it: a virtio block device that reads as zeroes
 * and forgets what is written. A file zero.so in a folder that is named in
 * VIRTIO_POLL_PLUGIN_PATH makes "zero:disk,size=1G" an address.
 *
 *     cc -shared -fPIC -o zero.so minimal-plugin.c \
 *         $(pkg-config --cflags --libs virtio-poll)
 *
 * Requests are served inside the kick. A device that works on its own, in a
 * thread or in hardware, needs the optional members stop, queue_fd and poll.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_ring.h>

#include <virtio-poll/backend.h>

#define QUEUE_SIZE 128

struct zero {
	uint64_t sectors;
	uint8_t status;
	uint16_t taken;		/* requests, as the available index counts them */
};

static uint8_t get_status(struct virtio_dev *vdev)
{
	struct zero *zero = virtio_dev_backend_ctx(vdev);

	return zero->status;
}

static void set_status(struct virtio_dev *vdev, uint8_t status)
{
	struct zero *zero = virtio_dev_backend_ctx(vdev);

	zero->status = status;
}

static uint64_t get_features(struct virtio_dev *vdev)
{
	(void)vdev;
	return 1ull << VIRTIO_F_VERSION_1;
}

static int set_features(struct virtio_dev *vdev, uint64_t features)
{
	(void)vdev;
	(void)features;		/* a part of what get_features says */
	return 0;
}

static int read_config(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	const struct zero *zero = virtio_dev_backend_ctx(vdev);
	struct virtio_blk_config config = { .capacity = htole64(zero->sectors) };

	if (len < 0 || offset > sizeof(config) || (size_t)len > sizeof(config) - offset)
		return virtio_set_error(EINVAL, "%d bytes at %zu: the configuration has %zu", len,
					offset, sizeof(config));
	memcpy(dst, (const char *)&config + offset, len);
	return 0;
}

static uint16_t get_queue_size(struct virtio_dev *vdev, uint16_t index)
{
	(void)vdev;
	return index == 0 ? QUEUE_SIZE : 0;
}

/* The ring is laid out and cleared; this device takes it from where it is. */
static int setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct zero *zero = virtio_dev_backend_ctx(vdev);

	(void)vq;
	zero->taken = 0;
	return 0;
}

static void del_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
}

/* Zeroes all that may be written of a request: data, and VIRTIO_BLK_S_OK. */
static uint32_t serve(const struct vring_desc *table, uint16_t head)
{
	uint32_t written = 0;
	uint16_t flags, at = head;

	do {
		const struct vring_desc *desc = &table[at % QUEUE_SIZE];

		flags = le16toh(desc->flags);
		if (flags & VRING_DESC_F_WRITE) {
			memset((void *)(uintptr_t)le64toh(desc->addr), 0, le32toh(desc->len));
			written += le32toh(desc->len);
		}
		at = le16toh(desc->next);
	} while (flags & VRING_DESC_F_NEXT);
	return written;
}

static void notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct zero *zero = virtio_dev_backend_ctx(vdev);
	const struct vring_avail *avail = vq->vq_driver;
	struct vring_used *used = vq->vq_device;
	/* Acquire: the entries were written before the index. */
	uint16_t idx = le16toh(__atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE));

	for (; zero->taken != idx; zero->taken++) {
		uint16_t head = le16toh(avail->ring[zero->taken % QUEUE_SIZE]);
		vring_used_elem_t *done = &used->ring[zero->taken % QUEUE_SIZE];

		done->id = htole32(head);
		done->len = htole32(serve(vq->vq_desc, head));
	}
	/* Release: entries and data are written before the index. */
	__atomic_store_n(&used->idx, htole16(zero->taken), __ATOMIC_RELEASE);
}

static uint16_t get_device_id(struct virtio_dev *vdev)
{
	(void)vdev;
	return VIRTIO_ID_BLOCK;
}

static void destruct_dev(struct virtio_dev *vdev)
{
	free(virtio_dev_backend_ctx(vdev));
}

static const struct virtio_dev_ops ops = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = read_config,
	.get_status = get_status,
	.set_status = set_status,
	.get_features = get_features,
	.set_features = set_features,
	.destruct_dev = destruct_dev,
	.get_queue_size = get_queue_size,
	.setup_queue = setup_queue,
	.del_queue = del_queue,
	.notify_queue = notify_queue,
	.get_device_id = get_device_id,
};

static int zero_open(struct virtio_dev *vdev, const char *name, struct virtio_address *address)
{
	uint64_t size = 64 << 20;
	struct zero *zero;
	int error;

	if (strcmp(virtio_address_target(address), "disk") != 0)
		return virtio_set_error(EINVAL, "\"%s\": the address is zero:disk",
					virtio_address_target(address));
	error = virtio_address_take_size(address, "size", 512, 1ull << 60, &size);
	if (error >= 0)
		error = virtio_address_finish(address);
	if (error < 0)
		return error;
	zero = calloc(1, sizeof(*zero));
	if (!zero)
		return virtio_set_error(ENOMEM, "no memory for a device");
	zero->sectors = size / 512;
	error = virtio_dev_construct(vdev, name, &ops, zero);
	if (error)
		free(zero);
	return error;
}

static const struct virtio_backend zero_backend = {
	VIRTIO_BACKEND_INIT,
	.name = "zero",
	.version = "1",
	.description = "a disk of zeroes",
	.open = zero_open,
};

const struct virtio_backend *virtio_backend_query(void)
{
	return &zero_backend;
}
