/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin as one may have been written for release 0.1.0: `oldest:fill`, a
 * device that fills what it is given with one byte. It has every member that
 * there was, so that each is called through the table of that release.
 *
 * Frozen with the headers beside it: what does not compile or work any more
 * is a broken ABI.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <linux/virtio_ring.h>

#include <virtio-poll/backend.h>

#define QUEUE_SIZE	16
#define QUEUES		2
#define CONFIG_SIZE	8

struct fill {
	uint64_t value;
	uint8_t status;
	uint8_t config[CONFIG_SIZE];
	uint32_t generation;
	uint16_t taken[QUEUES];
	int fd[QUEUES];
	unsigned regions;
};

static struct fill *fill_of(struct virtio_dev *vdev)
{
	return virtio_dev_backend_ctx(vdev);
}

static int check_bounds(size_t offset, int len)
{
	if (len < 0 || offset > CONFIG_SIZE || (size_t)len > CONFIG_SIZE - offset)
		return virtio_set_error(EINVAL, "%d bytes at %zu: there are %d", len, offset,
					CONFIG_SIZE);
	return 0;
}

static int read_config(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	int error = check_bounds(offset, len);

	if (!error)
		memcpy(dst, fill_of(vdev)->config + offset, len);
	return error;
}

static int write_config(struct virtio_dev *vdev, size_t offset, const void *src, int len)
{
	int error = check_bounds(offset, len);

	if (error)
		return error;
	memcpy(fill_of(vdev)->config + offset, src, len);
	fill_of(vdev)->generation++;
	virtio_dev_report(vdev, VIRTIO_EVENT_CONFIG, "%d bytes at %zu were written", len, offset);
	return 0;
}

static uint32_t get_generation(struct virtio_dev *vdev)
{
	return fill_of(vdev)->generation;
}

static uint8_t get_status(struct virtio_dev *vdev)
{
	return fill_of(vdev)->status;
}

static void set_status(struct virtio_dev *vdev, uint8_t status)
{
	fill_of(vdev)->status = status;
}

static uint64_t get_features(struct virtio_dev *vdev)
{
	(void)vdev;
	return 1ull << VIRTIO_F_VERSION_1 | 1;
}

static int set_features(struct virtio_dev *vdev, uint64_t features)
{
	(void)vdev;
	return features & 1 ? 0 : virtio_set_error(EPROTO, "bit 0 is needed");
}

static uint16_t get_max_queues(struct virtio_dev *vdev)
{
	(void)vdev;
	return QUEUES;
}

static uint16_t get_queue_size(struct virtio_dev *vdev, uint16_t queue_id)
{
	(void)vdev;
	return queue_id < QUEUES ? QUEUE_SIZE : 0;
}

static int mem_add(struct virtio_dev *vdev, struct virtio_mem_region *region)
{
	if (region->struct_size < sizeof(*region) || !region->len || region->cookie)
		return virtio_set_error(EINVAL, "this is no region of 0.1.0");
	region->cookie = fill_of(vdev);
	fill_of(vdev)->regions++;
	return 0;
}

static int mem_remove(struct virtio_dev *vdev, const struct virtio_mem_region *region)
{
	if (region->cookie != fill_of(vdev))
		return virtio_set_error(EINVAL, "the cookie is lost");
	fill_of(vdev)->regions--;
	return 0;
}

static int get_mem_limits(struct virtio_dev *vdev, struct virtio_mem_limits *limits)
{
	(void)vdev;
	limits->max_regions = 100;
	limits->alignment = 4096;
	limits->max_address = UINT64_MAX;
	limits->can_add = 1;
	return 0;
}

static int setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct fill *fill = fill_of(vdev);
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return virtio_set_error(errno, "no eventfd");
	if (!fill->regions || !vq->vq_ring_mem || vq->vq_nentries != QUEUE_SIZE) {
		close(fd);
		return virtio_set_error(EINVAL, "the ring is not known to the device");
	}
	fill->fd[vq->vq_queue_index] = fd;
	fill->taken[vq->vq_queue_index] = 0;
	return 0;
}

static void del_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	close(fill_of(vdev)->fd[vq->vq_queue_index]);
	fill_of(vdev)->fd[vq->vq_queue_index] = -1;
}

static uint32_t serve(const struct fill *fill, const struct vring_desc *table, uint16_t at)
{
	uint32_t written = 0;
	uint16_t flags;

	do {
		const struct vring_desc *desc = &table[at % QUEUE_SIZE];

		flags = le16toh(desc->flags);
		if (flags & VRING_DESC_F_WRITE) {
			memset((void *)(uintptr_t)le64toh(desc->addr), (int)fill->value,
			       le32toh(desc->len));
			written += le32toh(desc->len);
		}
		at = le16toh(desc->next);
	} while (flags & VRING_DESC_F_NEXT);
	return written;
}

static void notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct fill *fill = fill_of(vdev);
	uint16_t *taken = &fill->taken[vq->vq_queue_index];
	const struct vring_avail *avail = vq->vq_driver;
	struct vring_used *used = vq->vq_device;
	/* Acquire: the entries were written before the index. */
	uint16_t idx = le16toh(__atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE));

	for (; *taken != idx; ++*taken) {
		uint16_t head = le16toh(avail->ring[*taken % QUEUE_SIZE]);

		used->ring[*taken % QUEUE_SIZE].id = htole32(head);
		used->ring[*taken % QUEUE_SIZE].len = htole32(serve(fill, vq->vq_desc, head));
	}
	/* Release: entries and data are written before the index. */
	__atomic_store_n(&used->idx, htole16(*taken), __ATOMIC_RELEASE);
	(void)eventfd_write(fill->fd[vq->vq_queue_index], 1);
}

static int queue_fd(struct virtio_dev *vdev, struct virtqueue *vq)
{
	return vq ? fill_of(vdev)->fd[vq->vq_queue_index] : -ENOTSUP;
}

static int poll_peer(struct virtio_dev *vdev)
{
	(void)vdev;
	return 0;
}

static int stop(struct virtio_dev *vdev)
{
	fill_of(vdev)->status = 0;
	return 0;
}

static uint16_t get_device_id(struct virtio_dev *vdev)
{
	(void)vdev;
	return VIRTIO_ID_RNG;
}

static void dump_json_info(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	virtio_json_name(w, "type");
	virtio_json_string(w, "oldest");
	virtio_json_name(w, "value");
	virtio_json_uint64(w, fill_of(vdev)->value);
}

static void write_json_config(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	(void)vdev;
	virtio_json_name(w, "trtype");
	virtio_json_string(w, "oldest");
}

static void destruct_dev(struct virtio_dev *vdev)
{
	free(fill_of(vdev));
}

static const struct virtio_dev_ops ops = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = read_config,
	.write_dev_cfg = write_config,
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
	.get_config_generation = get_generation,
	.get_max_queues = get_max_queues,
	.mem_add = mem_add,
	.mem_remove = mem_remove,
	.queue_fd = queue_fd,
	.poll = poll_peer,
	.stop = stop,
	.get_mem_limits = get_mem_limits,
	.get_device_id = get_device_id,
};

static int take(struct virtio_address *address, uint64_t *value)
{
	uint64_t features = 0, size = 0;
	const char *text;
	bool flag;
	int error;

	if (strcmp(virtio_address_target(address), "fill") != 0)
		return virtio_set_error(EINVAL, "the address is oldest:fill");
	if ((error = virtio_address_take_uint(address, "value", 0, 255, value)) < 0 ||
	    (error = virtio_address_take_size(address, "size", 1, 1 << 20, &size)) < 0 ||
	    (error = virtio_address_take_bool(address, "flag", &flag)) < 0 ||
	    (error = virtio_address_take_string(address, "text", &text)) < 0 ||
	    (error = virtio_address_take_features(address, "only", &features)) < 0)
		return error;
	return virtio_address_finish(address);
}

static int open_fill(struct virtio_dev *vdev, const char *name, struct virtio_address *address)
{
	struct fill *fill = calloc(1, sizeof(*fill));
	int error;

	if (!fill)
		return virtio_set_error(ENOMEM, "no memory");
	fill->fd[0] = fill->fd[1] = -1;
	error = take(address, &fill->value);
	if (!error)
		error = virtio_dev_construct(vdev, name, &ops, fill);
	if (error)
		free(fill);
	return error;
}

static int describe(struct virtio_address *address, struct virtio_json_writer *w)
{
	uint64_t value = 0;
	int error = take(address, &value);

	virtio_json_name(w, "fills");
	virtio_json_uint64(w, value);
	return error;
}

static int enumerate(int (*cb)(const struct virtio_device_info *info, void *ctx), void *ctx)
{
	const struct virtio_device_info info = {
		.size = sizeof(info),
		.address = "oldest:fill",
		.device_id = VIRTIO_ID_RNG,
		.iommu_group = -1,
		.numa_node = -1,
	};

	return cb(&info, ctx);
}

static const struct virtio_backend oldest = {
	VIRTIO_BACKEND_INIT,
	.name = "oldest",
	.version = "0.1.0",
	.description = "fills with one byte",
	.enumerate = enumerate,
	.open = open_fill,
	.describe = describe,
};

const struct virtio_backend *virtio_backend_query(void)
{
	return &oldest;
}
