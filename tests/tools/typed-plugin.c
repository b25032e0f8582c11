/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backend `typed`, for tests of what the tool makes of a device's words:
 * "typed:FILE,type=N" is a device of that type with the bytes of FILE as its
 * configuration. It offers all features of a type, and has no queue that runs.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>

#define CONFIG_MAX 256

struct typed {
	uint16_t type;
	uint8_t status;
	size_t len;
	uint8_t config[CONFIG_MAX];
};

static uint8_t get_status(struct virtio_dev *vdev)
{
	struct typed *typed = virtio_dev_backend_ctx(vdev);

	return typed->status;
}

static void set_status(struct virtio_dev *vdev, uint8_t status)
{
	struct typed *typed = virtio_dev_backend_ctx(vdev);

	typed->status = status;
}

static uint64_t get_features(struct virtio_dev *vdev)
{
	(void)vdev;
	return (1ull << 32) | 0xffffff | ~((1ull << 50) - 1);
}

static int set_features(struct virtio_dev *vdev, uint64_t features)
{
	(void)vdev;
	(void)features;
	return 0;
}

static int read_config(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	const struct typed *typed = virtio_dev_backend_ctx(vdev);

	if (len < 0 || offset > typed->len || (size_t)len > typed->len - offset)
		return virtio_set_error(EINVAL, "%d bytes at %zu: there are %zu", len, offset,
					typed->len);
	memcpy(dst, typed->config + offset, (size_t)len);
	return 0;
}

static uint16_t get_queue_size(struct virtio_dev *vdev, uint16_t index)
{
	(void)vdev;
	return index == 0 ? 64 : 0;
}

static int setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
	return virtio_set_error(ENOTSUP, "this device is only looked at");
}

static void ignore_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
}

static uint16_t get_device_id(struct virtio_dev *vdev)
{
	const struct typed *typed = virtio_dev_backend_ctx(vdev);

	return typed->type;
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
	.del_queue = ignore_queue,
	.notify_queue = ignore_queue,
	.get_device_id = get_device_id,
};

static int load(struct typed *typed, const char *path)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		return virtio_set_error(ENOENT, "cannot open %s", path);
	typed->len = fread(typed->config, 1, sizeof(typed->config), f);
	fclose(f);
	return 0;
}

static int typed_open(struct virtio_dev *vdev, const char *name, struct virtio_address *address)
{
	struct typed *typed = calloc(1, sizeof(*typed));
	uint64_t type = 0;
	int err;

	if (!typed)
		return virtio_set_error(ENOMEM, "no memory for a device");
	err = load(typed, virtio_address_target(address));
	if (err >= 0)
		err = virtio_address_take_uint(address, "type", 1, 100, &type);
	if (err >= 0)
		err = virtio_address_finish(address);
	typed->type = (uint16_t)type;
	if (err >= 0)
		err = virtio_dev_construct(vdev, name, &ops, typed);
	if (err < 0)
		free(typed);
	return err < 0 ? err : 0;
}

static const struct virtio_backend typed_backend = {
	VIRTIO_BACKEND_INIT,
	.name = "typed",
	.version = "1",
	.description = "a device of any type, to look at",
	.open = typed_open,
};

const struct virtio_backend *virtio_backend_query(void)
{
	return &typed_backend;
}
