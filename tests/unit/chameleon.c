/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin that is whatever its file's name says: test-loader.c and
 * test-open.c copy it to NAME.so, and its record follows the start of NAME.
 *
 * Its devices do as little as a device may; what its open does wrong stands in
 * the address.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>

static _Atomic uint8_t status;	/* of all devices: they are never used at once */
static uint8_t config[16];

static int read_dev_cfg(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	(void)vdev;
	if (offset > sizeof(config) || (size_t)len > sizeof(config) - offset)
		return virtio_set_error(EINVAL, "16 bytes of configuration space");
	memcpy(dst, config + offset, (size_t)len);
	return 0;
}

static uint8_t get_status(struct virtio_dev *vdev)
{
	(void)vdev;
	return status;
}

static void set_status(struct virtio_dev *vdev, uint8_t value)
{
	(void)vdev;
	status = value;
}

static uint64_t get_features(struct virtio_dev *vdev)
{
	(void)vdev;
	return UINT64_C(1) << VIRTIO_F_VERSION_1 | UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC |
	       UINT64_C(1) << VIRTIO_RING_F_EVENT_IDX;
}

static int set_features(struct virtio_dev *vdev, uint64_t features)
{
	(void)vdev;
	(void)features;
	return 0;
}

static uint16_t get_queue_size(struct virtio_dev *vdev, uint16_t queue_id)
{
	(void)vdev;
	return queue_id == 0 ? 8 : 0;
}

static int setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
	return 0;
}

static void ignore_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
}

/* The context is a counter: how often the device was destructed. */
static void destruct_dev(struct virtio_dev *vdev)
{
	int *count = virtio_dev_backend_ctx(vdev);

	/* Relaxed: a count, and several threads may open devices. */
	__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

static const struct virtio_dev_ops ops = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = read_dev_cfg,
	.get_status = get_status,
	.set_status = set_status,
	.get_features = get_features,
	.set_features = set_features,
	.destruct_dev = destruct_dev,
	.get_queue_size = get_queue_size,
	.setup_queue = setup_queue,
	.del_queue = ignore_queue,
	.notify_queue = ignore_queue,
};

/* The counters live in the environment of the test, named by `count=ADDRESS`. */
static int *counter(struct virtio_address *address)
{
	static int nobody;
	uint64_t value;

	if (virtio_address_take_uint(address, "count", 1, UINTPTR_MAX, &value) == 1)
		return (int *)(uintptr_t)value;
	return &nobody;
}

static int open_device(struct virtio_dev *vdev, const char *name, struct virtio_address *address)
{
	const char *target = virtio_address_target(address);
	int *count = counter(address);
	int err;

	if (strcmp(target, "no-device") == 0)
		return 0;
	if (strcmp(target, "bad-address") == 0)
		return -EINVAL;
	if (strcmp(target, "own-words") == 0)
		return virtio_set_error(ENXIO, "in the plugin's own words");
	if (strcmp(target, "positive") == 0)
		return 7;
	if (strcmp(target, "time-left") == 0)
		return virtio_set_error(ENXIO, "%d ms left", virtio_time_left());
	err = virtio_dev_construct(vdev, name, &ops, count);
	if (err)
		return err;
	if (strcmp(target, "half") == 0)
		return virtio_set_error(EIO, "after construct");
	/* Here a good plugin calls virtio_address_finish first; see the test. */
	return 0;
}

static int describe(struct virtio_address *address, struct virtio_json_writer *w)
{
	virtio_json_name(w, "target");
	return virtio_json_string(w, virtio_address_target(address));
}

static int enumerate(int (*cb)(const struct virtio_device_info *info, void *ctx), void *ctx)
{
	const struct virtio_device_info first = {
		/* Of a header that ended before the reserved room. */
		.size = offsetof(struct virtio_device_info, reserved16),
		.address = "good:1",
		.iommu_group = -1,
		.numa_node = 3,
		.device_id = VIRTIO_ID_BLOCK,
		.reserved = { 1, 2, 3, 4 },
	};
	const struct virtio_device_info second = {
		.size = sizeof(second),
		.address = "good:2",
		.iommu_group = -1,
		.numa_node = -1,
	};
	int result = cb(&first, ctx);

	return result ? result : cb(&second, ctx);
}

static struct virtio_backend record = {
	VIRTIO_BACKEND_INIT,
	.version = "1.2.3",
	.description = "whatever its name says",
	.enumerate = enumerate,
	.open = open_device,
	.describe = describe,
};

static void be_too_new(void)
{
	record.abi = VIRTIO_BACKEND_ABI + 1;
}

static void be_short(void)
{
	record.struct_size = offsetof(struct virtio_backend, open);
}

/* Of a header that ended with `open`; what comes after is no part of it. */
static void be_old(void)
{
	record.struct_size = offsetof(struct virtio_backend, describe);
}

static void be_long(void)
{
	record.struct_size += 64;
}

static void be_nameless(void)
{
	record.name = NULL;
}

static void be_versionless(void)
{
	record.version = NULL;
}

static void be_wordless(void)
{
	record.description = NULL;
}

static void be_closed(void)
{
	record.open = NULL;
}

static void be_other(void)
{
	record.name = "another";
}

static void list_nothing(void)
{
	record.enumerate = NULL;
	record.describe = NULL;
}

static const struct {
	const char *prefix;
	void (*change)(void);
} variants[] = {
	{ "too-new", be_too_new }, { "short", be_short }, { "old", be_old }, { "long", be_long },
	{ "nameless", be_nameless }, { "versionless", be_versionless },
	{ "wordless", be_wordless }, { "closed", be_closed }, { "other", be_other },
	{ "plain", list_nothing },
};

static char own_name[128];

/* own_name: the file's name without folder and ".so". */
static void find_own_name(void)
{
	const char *file;
	Dl_info info;

	if (!dladdr(&record, &info) || !info.dli_fname)
		return;
	file = strrchr(info.dli_fname, '/');
	snprintf(own_name, sizeof(own_name), "%s", file ? file + 1 : info.dli_fname);
	own_name[strcspn(own_name, ".")] = '\0';
}

/* Once, when the file is loaded: from then on the record is constant. */
__attribute__((constructor))
static void change_record(void)
{
	find_own_name();
	record.name = own_name;
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		if (strncmp(own_name, variants[i].prefix, strlen(variants[i].prefix)) == 0)
			variants[i].change();
}

const struct virtio_backend *virtio_backend_query(void)
{
	return strncmp(own_name, "void", 4) == 0 ? NULL : &record;
}
