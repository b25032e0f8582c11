/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device of port-device.h: served inside the kick, from the ring that the
 * library laid out; and the program's own memory, registered at start-up.
 *
 * The ops use vdev->ctx and set vdev->negotiated_features, as ported ones do.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/virtio_ring.h>

#include "port-device.h"

#define POOL_SIZE (1u << 20)

void *port_alloc(size_t len)
{
	static char *pool;
	static size_t used;
	void *p;

	if (!pool) {
		int fd = memfd_create("port", MFD_CLOEXEC);

		PORT_CHECK(fd >= 0 && ftruncate(fd, POOL_SIZE) == 0);
		pool = mmap(NULL, POOL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		PORT_CHECK(pool != MAP_FAILED);
		PORT_CHECK(virtio_mem_register(pool, POOL_SIZE, fd, 0, NULL) == 0);
		close(fd);
	}
	PORT_CHECK(len <= POOL_SIZE - used);
	p = pool + used;
	used += (len + 63) / 64 * 64;
	return p;
}

struct text {
	char bytes[512];
	size_t len;
};

static int append(void *ctx, const char *data, size_t len)
{
	struct text *text = ctx;

	PORT_CHECK(len < sizeof(text->bytes) - text->len);
	memcpy(text->bytes + text->len, data, len);
	text->len += len;
	return 0;
}

void port_check_json(void (*write)(void *ctx, struct virtio_json_writer *w), void *ctx,
		     const char *expected)
{
	struct text text = { .len = 0 };
	struct virtio_json_text json = { .write = append, .ctx = &text };
	struct virtio_json_writer *w = virtio_json_writer_new(virtio_json_text_sink(), &json);

	write(ctx, w);
	PORT_CHECK(virtio_json_writer_end(w) == 0);
	text.bytes[strcspn(text.bytes, "\n")] = '\0';
	if (strcmp(text.bytes, expected) != 0) {
		fprintf(stderr, "%s\nis not\n%s\n", text.bytes, expected);
		exit(1);
	}
}

static int read_dev_cfg(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	struct port_device *dev = vdev->ctx;

	if (len < 0 || offset > dev->config_len || (size_t)len > dev->config_len - offset)
		return -EINVAL;
	memcpy(dst, (const char *)dev->config + offset, len);
	return 0;
}

static int write_dev_cfg(struct virtio_dev *vdev, size_t offset, const void *src, int len)
{
	(void)vdev;
	(void)offset;
	(void)src;
	(void)len;
	return -ENOTSUP;
}

static uint8_t get_status(struct virtio_dev *vdev)
{
	struct port_device *dev = vdev->ctx;

	return dev->status;
}

static void set_status(struct virtio_dev *vdev, uint8_t status)
{
	struct port_device *dev = vdev->ctx;

	dev->status = status;
}

static uint64_t get_features(struct virtio_dev *vdev)
{
	struct port_device *dev = vdev->ctx;

	return dev->features;
}

static int set_features(struct virtio_dev *vdev, uint64_t features)
{
	struct port_device *dev = vdev->ctx;

	if (features & ~dev->features)
		return -EINVAL;
	vdev->negotiated_features = features;
	return 0;
}

static void destruct_dev(struct virtio_dev *vdev)
{
	struct port_device *dev = vdev->ctx;

	dev->destructed++;
}

static uint16_t get_queue_size(struct virtio_dev *vdev, uint16_t queue_id)
{
	struct port_device *dev = vdev->ctx;

	return queue_id < dev->queues ? PORT_QUEUE_SIZE : 0;
}

static int setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct port_device *dev = vdev->ctx;

	if (vq->vq_nentries != PORT_QUEUE_SIZE || !vq->vq_ring_virt_mem || !vq->vq_ring_size)
		return -EINVAL;
	dev->taken[vq->vq_queue_index] = 0;
	dev->used[vq->vq_queue_index] = 0;
	return 0;
}

static void del_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
}

/* The chain at head, by its segments. */
static struct port_request gather(const struct virtqueue *vq, uint16_t head)
{
	struct port_request req = { .queue = vq->vq_queue_index };
	const struct vring_desc *table = vq->vq_desc;
	uint16_t at = head, flags;

	do {
		int n = req.readable + req.writable;

		PORT_CHECK(n < PORT_SEGMENTS_MAX && at < vq->vq_nentries);
		req.segs[n].iov_base = (void *)(uintptr_t)le64toh(table[at].addr);
		req.segs[n].iov_len = le32toh(table[at].len);
		flags = le16toh(table[at].flags);
		if (flags & VRING_DESC_F_WRITE)
			req.writable++;
		else
			req.readable++;
		at = le16toh(table[at].next);
	} while (flags & VRING_DESC_F_NEXT);
	return req;
}

static void notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct port_device *dev = vdev->ctx;
	const struct vring_avail *avail = vq->vq_driver;
	struct vring_used *used = vq->vq_device;
	uint16_t *taken = &dev->taken[vq->vq_queue_index];
	uint16_t *next = &dev->used[vq->vq_queue_index];
	/* Acquire: the entries were written before the index. */
	uint16_t idx = le16toh(__atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE));

	dev->kicks++;
	for (; *taken != idx; ++*taken) {
		uint16_t head = le16toh(avail->ring[*taken % PORT_QUEUE_SIZE]);
		struct port_request req = gather(vq, head);
		int written = dev->serve(dev, &req);

		if (written < 0)
			continue;
		used->ring[*next % PORT_QUEUE_SIZE].id = htole32(head);
		used->ring[*next % PORT_QUEUE_SIZE].len = htole32((uint32_t)written);
		++*next;
	}
	/* Release: entries and data are written before the index. */
	__atomic_store_n(&used->idx, htole16(*next), __ATOMIC_RELEASE);
}

static void dump_json_info(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	(void)vdev;
	virtio_json_name(w, "type");
	virtio_json_string(w, "port");
}

static void write_json_config(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	virtio_json_name(w, "trtype");
	virtio_json_string(w, "port");
	virtio_json_name(w, "traddr");
	virtio_json_string(w, vdev->name);
}

const struct virtio_dev_ops port_device_ops = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = read_dev_cfg,
	.write_dev_cfg = write_dev_cfg,
	.get_status = get_status,
	.set_status = set_status,
	.get_features = get_features,
	.set_features = set_features,
	.destruct_dev = destruct_dev,
	.get_queue_size = get_queue_size,
	.setup_queue = setup_queue,
	.del_queue = del_queue,
	.notify_queue = notify_queue,
	.dump_json_info = dump_json_info,
	.write_json_config = write_json_config,
};
