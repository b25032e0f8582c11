/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes and reads a block device on several queues at once, one thread each:
 *
 *     queues ADDRESS QUEUES FIRST COUNT SEED
 *
 * COUNT sectors a queue, one piece after the other from FIRST on.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "disk.h"

#define BYTES 4096u

struct worker {
	pthread_t thread;
	struct virtqueue *vq;
	struct disk_request *requests;
	uint64_t first;
	uint64_t count;
	unsigned seed;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct virtio_dev *dev = virtqueue_dev(w->vq);

	must(virtio_dev_acquire_queue(dev, virtqueue_index(w->vq)), "acquire");
	disk_fill(w->vq, w->requests, w->first, w->count, w->seed, BYTES);
	disk_verify(w->vq, w->requests, w->first, w->count, w->seed, BYTES);
	must(virtio_dev_release_queue(dev, virtqueue_index(w->vq)), "release");
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker workers[VIRTIO_MAX_VIRTQUEUES];
	struct virtio_dev dev;
	unsigned n;

	if (argc != 6)
		die("usage: queues ADDRESS QUEUES FIRST COUNT SEED");
	n = (unsigned)number(argv[2]);
	check(n > 0 && n <= VIRTIO_MAX_VIRTQUEUES, "so many queues are possible");
	device_up(&dev, argv[1], DISK_FEATURES, n, 0);
	for (unsigned i = 0; i < n; i++) {
		workers[i] = (struct worker){
			.vq = dev.vqs[i],
			.requests = disk_requests(&dev, BYTES),
			.first = number(argv[3]) + i * number(argv[4]),
			.count = number(argv[4]),
			.seed = (unsigned)number(argv[5]),
		};
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			die("no thread");
	}
	for (unsigned i = 0; i < n; i++)
		pthread_join(workers[i].thread, NULL);
	virtio_dev_destruct(&dev);
	return 0;
}
