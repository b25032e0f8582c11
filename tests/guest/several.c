/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several block devices in one process, with the same memory: several ADDRESS...
 * All are started, then requests are in flight on all of them, then the first is
 * closed and the others go on.
 */
#include "config.h"

#include "disk.h"

#define MAX 8u

static void read_all(struct virtio_dev *devs, struct disk_request *requests, unsigned from,
		     unsigned n)
{
	for (unsigned i = from; i < n; i++)
		must(disk_submit(devs[i].vqs[0], &requests[i], VIRTIO_BLK_T_IN, UNTOUCHED + i * 8,
				 requests[i].buffer, 4096), "submit");
	for (unsigned i = from; i < n; i++)
		virtqueue_req_flush(devs[i].vqs[0]);
	for (unsigned i = from; i < n; i++) {
		void *cookie;

		collect(devs[i].vqs[0], &cookie, NULL, 1);
		check(cookie == &requests[i], "each device gives its own cookie");
		disk_check(cookie);
		check(pattern_differs(requests[i].buffer, UNTOUCHED + i * 8, 8, 1) < 0,
		      "what was read is right");
	}
}

/* The one that is hardest to please with memory. */
static struct virtio_dev *most_demanding(struct virtio_dev *devs, unsigned n)
{
	struct virtio_mem_limits limits;
	uint64_t most = 0;
	unsigned which = 0;

	for (unsigned i = 0; i < n; i++) {
		must(virtio_dev_get_mem_limits(&devs[i], &limits), "limits");
		if (limits.page_size > most) {
			most = limits.page_size;
			which = i;
		}
	}
	return &devs[which];
}

int main(int argc, char **argv)
{
	struct virtio_dev devs[MAX];
	struct disk_request *requests;
	const unsigned n = (unsigned)argc - 1;

	check(n >= 2 && n <= MAX, "two addresses or more");
	for (unsigned i = 0; i < n; i++)
		device_up(&devs[i], argv[1 + i], DISK_FEATURES, 1, 0);
	requests = disk_requests(most_demanding(devs, n), 4096);
	read_all(devs, requests, 0, n);
	virtio_dev_destruct(&devs[0]);
	read_all(devs, requests, 1, n);
	for (unsigned i = 1; i < n; i++)
		virtio_dev_destruct(&devs[i]);
	return 0;
}
