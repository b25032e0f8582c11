/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device's making and its end, and the small calls around it: status,
 * features, deadline, limits, JSON.
 *
 * The one tear-down is virtio_dev_destruct; it accepts a half-built device,
 * and construct uses it for its own failures.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend-accept.h"
#include "device.h"
#include "memory-registry.h"

#define MAX_TIMEOUT_MS 3600000

void device_lock(struct device *dev)
{
	pthread_mutex_lock(&dev->control);
}

void device_unlock(struct device *dev)
{
	pthread_mutex_unlock(&dev->control);
}

struct device *device_scope_begin(struct device *dev, bool outer)
{
	device_lock(dev);
	if (outer)
		device_look(dev);
	return dev;
}

void device_scope_end(struct device **dev)
{
	device_unlock(*dev);
}

int device_missing(const char *call)
{
	return call_set_lazy_error(call, EINVAL, "the device is not open", 0, 0, 0);
}

static void init_recursive(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(mutex, &attr);
	pthread_mutexattr_destroy(&attr);
}

/* Frees what construct made; the backend's context is not touched. */
static void release(struct virtio_dev *vdev)
{
	struct device *dev = device_of(vdev);

	if (dev) {
		device_events_release(dev);
		if (dev->huge_page)
			mem_alloc_huge(dev->huge_page, false);
		memory_forget_device(dev);
		mem_map_clear(&dev->map);
		free(dev->told);
		pthread_mutex_destroy(&dev->control);
		pthread_mutex_destroy(&vdev->mutex);
		free(dev);
	}
	free(vdev->name);
	memset(vdev, 0, sizeof(*vdev));
}

static struct device *new_device(struct virtio_dev *vdev, void *ctx)
{
	struct device *dev = calloc(1, sizeof(*dev));

	if (!dev)
		return NULL;
	dev->vdev = vdev;
	dev->ctx = ctx;
	dev->timeout_ms = DEFAULT_TIMEOUT_MS;
	dev->event_fd = dev->lost_fd = dev->wait_fd = -1;
	init_recursive(&dev->control);
	init_recursive(&vdev->mutex);
	vdev->priv = dev;
	return dev;
}

int device_mem_limits(struct device *dev, struct virtio_mem_limits *limits)
{
	*limits = (struct virtio_mem_limits){
		.max_regions = UINT64_MAX,
		.alignment = 1,
		.max_address = UINT64_MAX,
		.can_add = 1,
	};
	return call_op_result("get_mem_limits", dev->ops.get_mem_limits(dev->vdev, limits));
}

int device_note_page_size(struct device *dev)
{
	struct virtio_mem_limits limits;
	int error = device_mem_limits(dev, &limits);

	if (dev->huge_page)
		mem_alloc_huge(dev->huge_page, false);
	dev->huge_page = 0;
	if (error || limits.page_size <= (uint64_t)sysconf(_SC_PAGESIZE))
		return error;
	dev->huge_page = limits.page_size;
	mem_alloc_huge(dev->huge_page, true);
	return 0;
}

static int construct(struct virtio_dev *vdev, const char *name, const struct virtio_dev_ops *ops,
		     void *ctx)
{
	struct device *dev;
	int error;

	if (!name || !ops)
		return virtio_set_error(EINVAL, "a device needs a name and an ops table");
	vdev->name = strdup(name);
	dev = new_device(vdev, ctx);
	if (!vdev->name || !dev)
		return virtio_set_error(ENOMEM, "no memory for device %s", name);
	error = backend_accept_ops(ops, &dev->ops);
	if (error)
		return error;
	vdev->backend_ops = &dev->ops;
	vdev->ctx = ctx;
	vdev->modern = 1;
	error = device_events_init(dev);
	if (!error)
		(void)device_note_page_size(dev);	/* a start asks again */
	return error;
}

int virtio_dev_construct(struct virtio_dev *vdev, const char *name,
			 const struct virtio_dev_ops *ops, void *ctx)
{
	CALL("virtio_dev_construct", DEFAULT_TIMEOUT_MS);
	int error;

	if (!vdev)
		return virtio_set_error(EINVAL, "the device is NULL");
	if (vdev->priv)
		return virtio_set_error(EBUSY, "the device is open already, or not zeroed: destruct"
					" it, or zero it before its first use");
	memset(vdev, 0, sizeof(*vdev));
	error = construct(vdev, name, ops, ctx);
	if (error)
		release(vdev);
	return error;
}

void virtio_dev_destruct(struct virtio_dev *vdev)
{
	struct device *dev = device_of(vdev);

	if (!dev)
		return;
	CALL("virtio_dev_destruct", dev->timeout_ms);
	(void)device_stop(dev);
	device_lock(dev);
	device_free_queues(dev);
	dev->ops.destruct_dev(vdev);
	device_unlock(dev);
	release(vdev);
}

int device_set_options(struct virtio_dev *vdev, int timeout_ms, uint64_t features_off)
{
	struct device *dev = device_of(vdev);

	dev->timeout_ms = timeout_ms;
	dev->features_off = features_off;
	return 0;
}

int virtio_dev_set_timeout(struct virtio_dev *vdev, int ms)
{
	struct device *dev = device_of(vdev);

	if (!dev)
		return device_missing("virtio_dev_set_timeout");
	DEVICE_CALL(dev, "virtio_dev_set_timeout");
	if (ms < 1 || ms > MAX_TIMEOUT_MS)
		return virtio_set_error(EINVAL, "%d ms is no deadline; give 1 to %d", ms,
					MAX_TIMEOUT_MS);
	dev->timeout_ms = ms;
	return 0;
}

uint8_t virtio_dev_get_status(struct virtio_dev *vdev)
{
	struct device *dev = device_of(vdev);

	if (!dev)
		return device_missing("virtio_dev_get_status"), 0;
	DEVICE_CALL(dev, "virtio_dev_get_status");
	return dev->ops.get_status(vdev);
}

void device_add_status(struct device *dev, uint8_t bits)
{
	/* STATUS-2, -5: every bit that is there stays, known or not. */
	dev->ops.set_status(dev->vdev, dev->ops.get_status(dev->vdev) | bits);
}

void virtio_dev_set_status(struct virtio_dev *vdev, uint8_t flag)
{
	struct device *dev = device_of(vdev);

	if (!dev) {
		(void)device_missing("virtio_dev_set_status");
		return;
	}
	DEVICE_CALL(dev, "virtio_dev_set_status");
	if (flag == VIRTIO_CONFIG_S_RESET)
		dev->ops.set_status(vdev, 0);
	else
		device_add_status(dev, flag);
}

const struct virtio_dev_ops *virtio_dev_backend_ops(struct virtio_dev *vdev)
{
	return vdev ? vdev->backend_ops : NULL;
}

void *virtio_dev_backend_ctx(struct virtio_dev *vdev)
{
	return device_of(vdev) ? device_of(vdev)->ctx : NULL;
}

bool virtio_dev_has_feature(struct virtio_dev *vdev, uint64_t feature_bit)
{
	return vdev && feature_bit < 64 && (vdev->negotiated_features >> feature_bit & 1);
}

uint64_t virtio_dev_get_device_features(struct virtio_dev *vdev)
{
	struct device *dev = device_of(vdev);

	if (!dev)
		return device_missing("virtio_dev_get_device_features"), 0;
	DEVICE_CALL(dev, "virtio_dev_get_device_features");
	return dev->ops.get_features(vdev);
}

uint16_t virtio_dev_get_device_id(struct virtio_dev *vdev)
{
	struct device *dev = device_of(vdev);

	if (!dev)
		return device_missing("virtio_dev_get_device_id"), 0;
	DEVICE_CALL(dev, "virtio_dev_get_device_id");
	return dev->ops.get_device_id(vdev);
}

int virtio_dev_get_mem_limits(struct virtio_dev *vdev, struct virtio_mem_limits *limits)
{
	struct device *dev = device_of(vdev);
	int error;

	if (!dev)
		return device_missing("virtio_dev_get_mem_limits");
	DEVICE_CALL(dev, "virtio_dev_get_mem_limits");
	if (!limits)
		return virtio_set_error(EINVAL, "limits is NULL");
	error = device_mem_limits(dev, limits);
	limits->used_regions = dev->told_count;
	return error;
}

void virtio_dev_dump_json_info(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	struct device *dev = device_of(vdev);

	if (!dev)
		return;
	DEVICE_CALL(dev, "virtio_dev_dump_json_info");
	virtio_json_name(w, "virtio");
	virtio_json_object_begin(w);
	virtio_json_name(w, "vq_count");
	virtio_json_uint64(w, vdev->max_queues);
	virtio_json_name(w, "vq_size");
	virtio_json_uint64(w, dev->ops.get_queue_size(vdev, 0));
	dev->ops.dump_json_info(vdev, w);
	virtio_json_object_end(w);
}

void virtio_dev_write_json_config(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	struct device *dev = device_of(vdev);

	if (!dev)
		return;
	DEVICE_CALL(dev, "virtio_dev_write_json_config");
	dev->ops.write_json_config(vdev, w);
}
