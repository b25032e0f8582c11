/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keeps a block device busy until it is taken away:
 *
 *     load forever ADDRESS QUEUES      until the program is killed
 *     load unplug ADDRESS QUEUES ID    has QEMU unplug device ID meanwhile
 *
 * After the loss each request must have come back exactly once, completed or
 * failed, and the device says removed.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"

#define MAX_QUEUES	4u
#define WARM_UP		200u	/* completions before the device is taken away */

struct load {
	struct virtio_dev dev;
	struct disk_request *requests[MAX_QUEUES];
	bool out[MAX_QUEUES][DISK_DEPTH];	/* with the device */
	unsigned queues;
	unsigned completed;
	unsigned failed;
};

/* Fills up queue q; false once it takes nothing any more. */
static bool submit_all(struct load *l, unsigned q)
{
	struct virtqueue *vq = l->dev.vqs[q];

	for (unsigned i = 0; i < DISK_DEPTH; i++) {
		struct disk_request *r = &l->requests[q][i];
		int ret;

		if (l->out[q][i])
			continue;
		ret = disk_submit(vq, r, VIRTIO_BLK_T_IN, i * 8, r->buffer, 4096);
		if (ret == -ENODEV)
			return false;
		must(ret, "submit");
		l->out[q][i] = true;
	}
	virtqueue_req_flush(vq);
	return true;
}

static void take_back(struct load *l, unsigned q, void **cookies, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		size_t index = (size_t)((struct disk_request *)cookies[i] - l->requests[q]);

		check(index < DISK_DEPTH, "a cookie is one that was given");
		check(l->out[q][index], "a cookie comes back once");
		l->out[q][index] = false;
	}
}

static void take_completed(struct load *l, unsigned q)
{
	void *cookies[DISK_DEPTH];
	unsigned n = virtio_recv_pkts(l->dev.vqs[q], cookies, NULL, DISK_DEPTH);

	take_back(l, q, cookies, n);
	for (unsigned i = 0; i < n; i++)
		disk_check(cookies[i]);
	l->completed += n;
}

static void take_failed(struct load *l, unsigned q)
{
	void *cookies[DISK_DEPTH];
	unsigned n = virtqueue_recv_failed(l->dev.vqs[q], cookies, DISK_DEPTH);

	take_back(l, q, cookies, n);
	l->failed += n;
}

/* One round over all queues; false if one of them has ended. */
static bool round_about(struct load *l)
{
	bool alive = true;

	for (unsigned q = 0; q < l->queues; q++) {
		take_completed(l, q);
		if (virtqueue_get_error(l->dev.vqs[q]) || !submit_all(l, q))
			alive = false;
	}
	return alive;
}

static void until_removed(struct load *l, const char *id)
{
	double asked = 0;

	while (round_about(l)) {
		if (!asked && l->completed > WARM_UP) {
			ask_machine("{\"execute\":\"device_del\","
				    "\"arguments\":{\"id\":\"%s\"}}", id);
			asked = seconds();
		}
		if (asked && seconds() > asked + PATIENCE)
			die("the loss was not noticed in %d s", PATIENCE);
	}
	check(asked != 0, "the device was there until it was unplugged");
	printf("noticed after %.3f s\n", seconds() - asked);
}

static void account(struct load *l)
{
	unsigned left = 0;

	await_event(&l->dev, VIRTIO_EVENT_REMOVED, "removed");
	for (unsigned q = 0; q < l->queues; q++)
		if (virtqueue_get_error(l->dev.vqs[q]) != -ENODEV)
			die("queue %u ends with %d", q, virtqueue_get_error(l->dev.vqs[q]));
	(void)virtio_dev_stop(&l->dev);
	for (unsigned q = 0; q < l->queues; q++) {
		take_completed(l, q);
		take_failed(l, q);
		for (unsigned i = 0; i < DISK_DEPTH; i++)
			left += l->out[q][i];
	}
	printf("%u completed, %u failed, %u are missing\n", l->completed, l->failed, left);
	check(left == 0, "every cookie has come back");
}

int main(int argc, char **argv)
{
	static struct load l;

	if (argc < 4)
		die("usage: load forever|unplug ADDRESS QUEUES [ID]");
	l.queues = (unsigned)number(argv[3]);
	check(l.queues > 0 && l.queues <= MAX_QUEUES, "so many queues are possible");
	device_up(&l.dev, argv[2], DISK_FEATURES, l.queues, 0);
	for (unsigned q = 0; q < l.queues; q++)
		l.requests[q] = disk_requests(&l.dev, 4096);
	if (argc == 5 && !strcmp(argv[1], "unplug")) {
		until_removed(&l, argv[4]);
		account(&l);
	} else {
		while (round_about(&l))
			if (l.completed > WARM_UP && !l.failed++)
				puts("busy"), fflush(stdout);
	}
	virtio_dev_destruct(&l.dev);
	return 0;
}
