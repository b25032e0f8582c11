/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests per second between two polling threads: the library on one, the
 * benchmark's device on the other, at several depths. Rates depend on how
 * near the two CPUs are to each other; compare within one run.
 *
 * usage: bench-threads [FEATURES]
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ring-device.h"

#define MAX_DEPTH	128
#define SECONDS		0.3

static atomic_bool over;

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static void *serve(void *arg)
{
	while (!atomic_load_explicit(&over, memory_order_relaxed))
		if (!ring_device_serve(arg, 4097))
			relax();
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double rate(struct ring_device *dev, char *memory, unsigned depth)
{
	struct iovec v[3] = { { memory, 16 }, { memory + 4096, 4096 }, { memory + 16, 1 } };
	unsigned long done = 0, in_flight = 0;
	double begin = now(), end = begin;
	void *cookies[MAX_DEPTH];
	uint32_t lens[MAX_DEPTH];

	while (end - begin < SECONDS) {
		for (unsigned turn = 0; turn < 1000; turn++) {
			uint16_t n;

			for (; in_flight < depth; in_flight++)
				if (virtqueue_req_submit(dev->vq, v, v, 1, 2))
					exit(1);
			virtqueue_req_flush(dev->vq);
			n = virtio_recv_pkts(dev->vq, cookies, lens, depth);
			in_flight -= n;
			done += n;
		}
		end = now();
	}
	while (in_flight)
		in_flight -= virtio_recv_pkts(dev->vq, cookies, lens, MAX_DEPTH);
	return done / (end - begin);
}

int main(int argc, char **argv)
{
	static const unsigned depths[] = { 1, 8, 32, 128 };
	struct virtio_dev vdev = { 0 };
	struct ring_device dev = {
		.queue_size = 1024,
		.features = argc > 1 ? strtoull(argv[1], NULL, 16) : 0,
	};
	pthread_t device;
	void *memory;

	ring_device_start(&dev, &vdev);
	if (virtio_mem_alloc(8192, NULL, &memory) ||
	    pthread_create(&device, NULL, serve, &dev))
		return 1;
	printf("two threads, million requests/s      ");
	for (unsigned i = 0; i < sizeof(depths) / sizeof(depths[0]); i++)
		printf("  depth %u: %.2f", depths[i], rate(&dev, memory, depths[i]) / 1e6);
	putchar('\n');
	atomic_store(&over, true);
	pthread_join(device, NULL);
	virtio_dev_destruct(&vdev);
	return virtio_mem_free(memory) ? 1 : 0;
}
