/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a block device tells besides completions:
 *
 *     events resize ADDRESS NODE BYTES   the disk grows (QEMU is asked to see to it)
 *     events broken ADDRESS              the device wants a reset, and gets it
 */
#include "config.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "disk.h"

static uint64_t capacity(struct virtio_dev *dev)
{
	uint64_t sectors;

	must(virtio_dev_read_dev_config(dev, offsetof(struct virtio_blk_config, capacity),
					&sectors, sizeof(sectors)), "capacity");
	return le64toh(sectors);
}

static void resize(struct virtio_dev *dev, const char *node, uint64_t bytes)
{
	check(capacity(dev) != bytes / SECTOR_BYTES, "it has another size at first");
	ask_machine("{\"execute\":\"block_resize\",\"arguments\":"
		    "{\"node-name\":\"%s\",\"size\":%" PRIu64 "}}", node, bytes);
	await_event(dev, VIRTIO_EVENT_CONFIG, "configuration change");
	check(capacity(dev) == bytes / SECTOR_BYTES, "the new size is read");
}

/* A request whose header is too short breaks the device's rules (VIRTIO 1.3,
 * 5.2.6.1); QEMU then asks to be reset. */
static void break_it(struct virtio_dev *dev, struct disk_request *r)
{
	struct iovec iov[] = { { &r->header, 4 }, { &r->status, 1 } };

	must(virtqueue_req_submit(dev->vqs[0], r, iov, 1, 1), "submit");
	virtqueue_req_flush(dev->vqs[0]);
	await_event(dev, VIRTIO_EVENT_NEEDS_RESET, "needs reset");
}

static void come_back(struct virtio_dev *dev, struct disk_request *requests)
{
	void *cookies[2];

	must(virtio_dev_stop(dev), "stop");
	check(virtqueue_recv_failed(dev->vqs[0], cookies, 2) == 1, "one request has failed");
	check(cookies[0] == requests, "the one that was given");
	must(virtio_dev_reset(dev, DISK_FEATURES), "reset");
	must(virtio_dev_start(dev, 1, 0), "start");
	disk_verify(dev->vqs[0], requests, UNTOUCHED, 64, 1, 4096);
}

int main(int argc, char **argv)
{
	struct virtio_dev dev;
	struct disk_request *requests;

	if (argc < 3)
		die("usage: events resize|broken ADDRESS ...");
	device_up(&dev, argv[2], DISK_FEATURES, 1, 0);
	requests = disk_requests(&dev, 4096);
	if (argc == 5 && !strcmp(argv[1], "resize")) {
		resize(&dev, argv[3], number(argv[4]));
	} else {
		break_it(&dev, requests);
		come_back(&dev, requests);
	}
	virtio_dev_destruct(&dev);
	return 0;
}
