/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accepting a backend's ops table: size, ABI and required members are checked,
 * what is absent becomes a default.
 *
 * virtio_dev_construct calls it, so the engine may call any member of its
 * copy. The defaults are what the header promises for a NULL member.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <virtio-poll/backend.h>

#include "backend-accept.h"

#define UNUSED __attribute__((unused))

typedef void (*member_fn)(void);

/* After the two numbers a table is an array of function pointers. */
#define FIRST_MEMBER	offsetof(struct virtio_dev_ops, read_dev_cfg)
#define MIN_SIZE	(offsetof(struct virtio_dev_ops, notify_queue) + sizeof(member_fn))

static_assert(FIRST_MEMBER % sizeof(member_fn) == 0 &&
	      sizeof(struct virtio_dev_ops) % sizeof(member_fn) == 0,
	      "members are function pointers without gaps");

static int default_read_dev_cfg(struct virtio_dev *vdev UNUSED, size_t offset UNUSED,
				void *dst UNUSED, int len UNUSED)
{
	return virtio_set_error(ENOTSUP, "this device has no configuration space that can be read");
}

static int default_write_dev_cfg(struct virtio_dev *vdev UNUSED, size_t offset UNUSED,
				 const void *src UNUSED, int len UNUSED)
{
	return virtio_set_error(ENOTSUP,
				"this device has no configuration space that can be written");
}

static void default_destruct_dev(struct virtio_dev *vdev UNUSED)
{
}

static void default_json(struct virtio_dev *vdev UNUSED, struct virtio_json_writer *w UNUSED)
{
}

static uint32_t default_get_config_generation(struct virtio_dev *vdev UNUSED)
{
	return 0;
}

/* One more than the last queue that is present. */
static uint16_t default_get_max_queues(struct virtio_dev *vdev)
{
	uint16_t n = VIRTIO_MAX_VIRTQUEUES;

	while (n > 0 && vdev->backend_ops->get_queue_size(vdev, n - 1) == 0)
		n--;
	return n;
}

/* The region is preset to the identity, there is nothing to add. */
static int default_mem_add(struct virtio_dev *vdev UNUSED, struct virtio_mem_region *region UNUSED)
{
	return 0;
}

static int default_mem_remove(struct virtio_dev *vdev UNUSED,
			      const struct virtio_mem_region *region UNUSED)
{
	return 0;
}

static int default_queue_fd(struct virtio_dev *vdev UNUSED, struct virtqueue *vq UNUSED)
{
	return virtio_set_error(ENOTSUP, "this transport has no interrupts: poll instead");
}

static int default_poll(struct virtio_dev *vdev UNUSED)
{
	return 0;
}

static int default_look(struct virtio_dev *vdev)
{
	return vdev->backend_ops->poll(vdev);
}

/* A reset, awaited: RESET-1, RESET-2. 0xff is a device that is gone. */
static int default_stop(struct virtio_dev *vdev)
{
	struct timespec pause = { .tv_sec = 0, .tv_nsec = 10000 };
	uint8_t status;

	vdev->backend_ops->set_status(vdev, 0);
	for (;;) {
		status = vdev->backend_ops->get_status(vdev);
		if (status == 0 || status == 0xff)
			return 0;
		if (virtio_time_left() == 0)
			return virtio_set_error(ETIMEDOUT, "the device did not reset in time, its "
						"status is still 0x%02x: it may still touch memory",
						status);
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 1000000)
			pause.tv_nsec *= 2;
	}
}

static int default_get_mem_limits(struct virtio_dev *vdev UNUSED, struct virtio_mem_limits *limits)
{
	limits->max_regions = UINT64_MAX;
	limits->max_address = UINT64_MAX;
	limits->alignment = 1;
	limits->can_add = 1;
	return 0;
}

static uint16_t default_get_device_id(struct virtio_dev *vdev UNUSED)
{
	return 0;
}

/* The required members are absent here. */
static const struct virtio_dev_ops defaults = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = default_read_dev_cfg,
	.write_dev_cfg = default_write_dev_cfg,
	.destruct_dev = default_destruct_dev,
	.dump_json_info = default_json,
	.write_json_config = default_json,
	.get_config_generation = default_get_config_generation,
	.get_max_queues = default_get_max_queues,
	.mem_add = default_mem_add,
	.mem_remove = default_mem_remove,
	.queue_fd = default_queue_fd,
	.poll = default_poll,
	.stop = default_stop,
	.get_mem_limits = default_get_mem_limits,
	.get_device_id = default_get_device_id,
	.look = default_look,
};

static const struct {
	size_t offset;
	const char *name;
} required[] = {
	{ offsetof(struct virtio_dev_ops, get_status), "get_status" },
	{ offsetof(struct virtio_dev_ops, set_status), "set_status" },
	{ offsetof(struct virtio_dev_ops, get_features), "get_features" },
	{ offsetof(struct virtio_dev_ops, set_features), "set_features" },
	{ offsetof(struct virtio_dev_ops, get_queue_size), "get_queue_size" },
	{ offsetof(struct virtio_dev_ops, setup_queue), "setup_queue" },
	{ offsetof(struct virtio_dev_ops, del_queue), "del_queue" },
	{ offsetof(struct virtio_dev_ops, notify_queue), "notify_queue" },
};

static member_fn get_member(const struct virtio_dev_ops *ops, size_t offset)
{
	member_fn fn;

	memcpy(&fn, (const char *)ops + offset, sizeof(fn));
	return fn;
}

static int check_header(const struct virtio_dev_ops *in)
{
	if (!in)
		return virtio_set_error(EINVAL, "the ops table is NULL");
	if (in->abi != VIRTIO_BACKEND_ABI)
		return virtio_set_error(EINVAL, "the ops table is of ABI %u, this library takes "
					"ABI %u: build both with the same headers", in->abi,
					VIRTIO_BACKEND_ABI);
	if (in->struct_size < MIN_SIZE)
		return virtio_set_error(EINVAL, "the ops table has %u bytes, at least %zu are "
					"needed: begin it with VIRTIO_DEV_OPS_INIT",
					in->struct_size, MIN_SIZE);
	return 0;
}

/* A longer table ends with members we do not know; half a member is none. */
static void copy_known(const struct virtio_dev_ops *in, struct virtio_dev_ops *out)
{
	size_t size = in->struct_size < sizeof(*out) ? in->struct_size : sizeof(*out);

	memset(out, 0, sizeof(*out));
	memcpy(out, in, size - size % sizeof(member_fn));
	out->struct_size = sizeof(*out);
}

static void fill_absent(struct virtio_dev_ops *out)
{
	for (size_t at = FIRST_MEMBER; at < sizeof(*out); at += sizeof(member_fn))
		if (!get_member(out, at))
			memcpy((char *)out + at, (const char *)&defaults + at, sizeof(member_fn));
}

int backend_accept_ops(const struct virtio_dev_ops *in, struct virtio_dev_ops *out)
{
	int err = check_header(in);

	if (err)
		return err;
	copy_known(in, out);
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (!get_member(out, required[i].offset))
			return virtio_set_error(EINVAL, "the ops table lacks the required member "
						"`%s`", required[i].name);
	fill_absent(out);
	return 0;
}
