/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Brings a device of any type up and down again: ready ADDRESS QUEUES FIXED.
 * DRIVER_OK is set and all queues are there; after the stop the device says that
 * it was reset.
 */
#include "config.h"

#include "device.h"

int main(int argc, char **argv)
{
	struct virtio_dev dev;

	if (argc != 4)
		die("usage: ready ADDRESS QUEUES FIXED");
	device_up(&dev, argv[1], 0, (unsigned)number(argv[2]), (unsigned)number(argv[3]));
	check(virtio_dev_get_status(&dev) & VIRTIO_CONFIG_S_DRIVER_OK, "DRIVER_OK is set");
	check(!(virtio_dev_get_status(&dev) & VIRTIO_CONFIG_S_NEEDS_RESET), "it is content");
	check(virtio_dev_has_feature(&dev, VIRTIO_F_VERSION_1), "it is a virtio 1.x device");
	for (unsigned i = 0; i < dev.max_queues; i++)
		check(dev.vqs[i] && virtqueue_size(dev.vqs[i]) > 0, "every queue is there");
	must(virtio_dev_stop(&dev), "stop");
	check(virtio_dev_get_status(&dev) == VIRTIO_CONFIG_S_RESET, "a stopped device is reset");
	virtio_dev_destruct(&dev);
	return 0;
}
