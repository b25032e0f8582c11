/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sleeps on the queues of a block device and is woken by its interrupts:
 *
 *     wake ADDRESS QUEUES      each queue wakes, and an idle one does not
 *     wake ADDRESS none        sleep is refused with ENOTSUP
 *     wake ADDRESS unplug ID   the sleeper is woken when device ID is unplugged
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"

#define SHORT_MS 50

static void sleep_once(struct virtqueue *vq, struct disk_request *r)
{
	void *cookie;
	double begun = seconds();
	int got = virtqueue_wait(vq, SHORT_MS);

	must(got, "wait");
	check(got == 0 && seconds() - begun >= SHORT_MS / 1e3 * 0.9, "an idle queue sleeps");
	must(disk_submit(vq, r, VIRTIO_BLK_T_IN, 0, r->buffer, SECTOR_BYTES), "submit");
	virtqueue_req_flush(vq);
	begun = seconds();
	got = virtqueue_wait(vq, PATIENCE * 1000);
	must(got, "wait");
	if (got != 1 || seconds() - begun > PATIENCE / 2)
		die("queue %u was not woken: %d after %.2f s", virtqueue_index(vq), got,
		    seconds() - begun);
	collect(vq, &cookie, NULL, 1);
	disk_check(r);
}

static void sleep_is_refused(struct virtqueue *vq)
{
	check(virtqueue_get_fd(vq) == -ENOTSUP, "there is no descriptor to sleep on");
	check(virtqueue_arm(vq) == -ENOTSUP, "a wake-up cannot be armed");
	check(virtqueue_wait(vq, SHORT_MS) == -ENOTSUP, "waiting is refused");
	check(strlen(virtio_last_error()) > 0, "a sentence says why");
}

static void sleep_until_removed(struct virtqueue *vq, const char *id)
{
	const double begun = seconds();
	int got;

	ask_machine("{\"execute\":\"device_del\",\"arguments\":{\"id\":\"%s\"}}", id);
	got = virtqueue_wait(vq, 2 * PATIENCE * 1000);
	printf("woken after %.3f s: %d\n", seconds() - begun, got);
	check(seconds() - begun < PATIENCE, "removal wakes the sleeper");
	check(virtqueue_get_error(vq) == -ENODEV, "the queue says that the device was removed");
}

int main(int argc, char **argv)
{
	struct virtio_dev dev;
	struct disk_request *requests;
	unsigned queues = 1, rounds = 0;

	if (argc < 3)
		die("usage: wake ADDRESS QUEUES|none|unplug [ID]");
	/* Twice, since the first wake-up may come from what start left behind. */
	if (strcmp(argv[2], "none") && strcmp(argv[2], "unplug")) {
		queues = (unsigned)number(argv[2]);
		rounds = 2;
	}
	device_up(&dev, argv[1], DISK_FEATURES, queues, 0);
	requests = disk_requests(&dev, SECTOR_BYTES);
	for (unsigned i = 0; i < rounds * queues; i++)
		sleep_once(dev.vqs[i % queues], requests);
	if (!strcmp(argv[2], "none"))
		sleep_is_refused(dev.vqs[0]);
	else if (argc == 4)
		sleep_until_removed(dev.vqs[0], argv[3]);
	virtio_dev_destruct(&dev);
	return 0;
}
