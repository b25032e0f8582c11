/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A register access that faults: sigbus ADDRESS on|off|kick, with the guard on or
 * off; with `kick` it is a doorbell, and polling alone has to notice.
 *
 * For a device that is driven through VFIO. Memory decoding is switched off by way
 * of VFIO's descriptor, whereupon the kernel takes the mapped registers away, as it
 * does when a device vanishes: the next access is a SIGBUS. With the guard it means
 * a device that is gone; without it the program ends.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"

/* VFIO: region 7 is configuration space, regions are 2^40 bytes apart. */
#define CONFIG_SPACE	(7ULL << 40)
#define COMMAND		4
#define COMMAND_MEMORY	2u

/* The descriptor in this process that VFIO gave for the device. */
static int vfio_device(void)
{
	DIR *fds = opendir("/proc/self/fd");
	struct dirent *entry;
	int found = -1;

	while (fds && found < 0 && (entry = readdir(fds))) {
		char target[128];
		ssize_t len = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target) - 1);

		target[len < 0 ? 0 : len] = '\0';
		if (strstr(target, "[vfio-device]") || strstr(target, "/dev/vfio/devices/"))
			found = atoi(entry->d_name);
	}
	if (fds)
		closedir(fds);
	check(found >= 0, "VFIO's descriptor is there");
	return found;
}

static void decode_no_memory(int fd)
{
	uint16_t command;

	check(pread(fd, &command, 2, CONFIG_SPACE + COMMAND) == 2, "the command register is read");
	command &= (uint16_t)~COMMAND_MEMORY;
	check(pwrite(fd, &command, 2, CONFIG_SPACE + COMMAND) == 2, "and written");
}

/* A request whose kick goes nowhere: its cookie comes back, failed, by polling. */
static void kick_nowhere(struct virtio_dev *dev, void *memory)
{
	struct virtqueue *vq = dev->vqs[0];
	struct iovec segments[] = { { memory, 16 }, { (char *)memory + 16, 512 },
				    { (char *)memory + 528, 1 } };
	const double end = seconds() + PATIENCE;
	void *cookie = NULL;

	must(virtqueue_req_submit(vq, memory, segments, 1, 2), "submit");
	virtqueue_req_flush(vq);
	while (!virtqueue_get_error(vq)) {
		check(!virtio_recv_pkts(vq, &cookie, NULL, 1), "it does not complete");
		check(seconds() < end, "polling notices");
	}
	check(virtqueue_get_error(vq) == -ENODEV, "the queue knows that it is gone");
	check(virtqueue_recv_failed(vq, &cookie, 1) == 1 && cookie == memory, "the cookie is back");
	check(!virtqueue_recv_failed(vq, &cookie, 1), "once");
}

int main(int argc, char **argv)
{
	struct virtio_dev dev;
	void *memory;

	if (argc != 3)
		die("usage: sigbus ADDRESS on|off|kick");
	must(virtio_set_sigbus_guard(strcmp(argv[2], "off") != 0), "guard");
	device_up(&dev, argv[1], 0, 1, 0);
	check(virtio_dev_get_status(&dev) & VIRTIO_CONFIG_S_DRIVER_OK, "it is running");
	memory = device_memory(&dev, 4096);
	decode_no_memory(vfio_device());
	if (!strcmp(argv[2], "kick"))
		kick_nowhere(&dev, memory);
	else
		printf("status %#x\n", virtio_dev_get_status(&dev));
	await_event(&dev, VIRTIO_EVENT_REMOVED, "removed");
	virtio_dev_destruct(&dev);
	return 0;
}
