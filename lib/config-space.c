/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device configuration space: VIRTIO 1.3, 2.5.
 *
 * A read is repeated until the generation before it equals the one after it
 * (CFG-1, -2, -3), so the bytes belong together; a device that never stops
 * changing them is given up on (HARD-CFG-1).
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

#include "device.h"

#define MAX_ROUNDS 100

static int check_range(size_t offset, const void *buffer, int len)
{
	if (!buffer)
		return virtio_set_error(EINVAL, "the buffer is NULL");
	if (len < 0 || offset > INT_MAX - (size_t)len)
		return virtio_set_error(EINVAL, "%d bytes at offset %zu are no range of"
					" configuration space", len, offset);
	return 0;
}

static int read_consistently(struct device *dev, size_t offset, void *dst, int len)
{
	struct timespec nap = { .tv_nsec = 1000 };

	for (int round = 0; round < MAX_ROUNDS; round++) {
		uint32_t before = dev->ops.get_config_generation(dev->vdev);
		int error = call_op_result("read_dev_cfg", dev->ops.read_dev_cfg(dev->vdev, offset,
										 dst, len));

		if (error || before == dev->ops.get_config_generation(dev->vdev))
			return error;
		if (!virtio_time_left())
			break;
		/* It is given the time to finish: a tenth of a second in all. */
		nanosleep(&nap, NULL);
		if (nap.tv_nsec < 1000000)
			nap.tv_nsec *= 2;
	}
	return virtio_set_error(EAGAIN, "the device changed its configuration space during each of"
				" %d reads; try again later", MAX_ROUNDS);
}

int virtio_dev_read_dev_config(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	struct device *dev = device_of(vdev);
	int error;

	if (!dev)
		return device_missing("virtio_dev_read_dev_config");
	DEVICE_CALL(dev, "virtio_dev_read_dev_config");
	error = check_range(offset, dst, len);
	if (error || !len)
		return error;
	return read_consistently(dev, offset, dst, len);
}

int virtio_dev_write_dev_config(struct virtio_dev *vdev, size_t offset, const void *src, int len)
{
	struct device *dev = device_of(vdev);
	int error;

	if (!dev)
		return device_missing("virtio_dev_write_dev_config");
	DEVICE_CALL(dev, "virtio_dev_write_dev_config");
	error = check_range(offset, src, len);
	if (error || !len)
		return error;
	return call_op_result("write_dev_cfg", dev->ops.write_dev_cfg(vdev, offset, src, len));
}
