/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A block-like request, over and over, in one thread: 16 readable bytes,
 * 4 KiB writable, a writable status byte. Run under callgrind by bench.sh,
 * which counts the instructions of the library's functions alone.
 *
 * usage: bench-requests five|submit BATCH REQUESTS [FEATURES] [QUEUE-SIZE]
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring-device.h"

#define MAX_BATCH 256

static char *memory;	/* header, status and data of request i, from memory on */

static void fill(struct iovec v[3], unsigned i)
{
	v[0] = (struct iovec){ memory + i * 64, 16 };
	v[1] = (struct iovec){ memory + MAX_BATCH * 64 + i * 4096, 4096 };
	v[2] = (struct iovec){ memory + i * 64 + 16, 1 };
}

static int five_calls(struct virtqueue *vq, struct iovec v[3])
{
	int error = virtqueue_req_start(vq, v, 3);

	if (!error)
		error = virtqueue_req_add_iovs(vq, &v[0], 1, VIRTIO_DESC_RO);
	if (!error)
		error = virtqueue_req_add_iovs(vq, &v[1], 1, VIRTIO_DESC_WR);
	if (!error)
		error = virtqueue_req_add_iovs(vq, &v[2], 1, VIRTIO_DESC_WR);
	return error;
}

static int one_call(struct virtqueue *vq, struct iovec v[3])
{
	return virtqueue_req_submit(vq, v, v, 1, 2);
}

static void run(struct ring_device *dev, int (*send)(struct virtqueue *vq, struct iovec v[3]),
		unsigned batch, unsigned long requests)
{
	struct iovec v[MAX_BATCH][3];
	void *cookies[MAX_BATCH];
	uint32_t lens[MAX_BATCH];

	for (unsigned i = 0; i < batch; i++)
		fill(v[i], i);
	for (unsigned long n = 0; n < requests; n += batch) {
		for (unsigned i = 0; i < batch; i++)
			if (send(dev->vq, v[i]))
				exit(1);
		virtqueue_req_flush(dev->vq);
		ring_device_serve(dev, 4097);
		if (virtio_recv_pkts(dev->vq, cookies, lens, batch) != batch)
			exit(1);
	}
}

int main(int argc, char **argv)
{
	struct virtio_dev vdev = { 0 };
	struct ring_device dev = {
		.queue_size = argc > 5 ? atoi(argv[5]) : 1024,
		.features = argc > 4 ? strtoull(argv[4], NULL, 16) : 0,
	};
	unsigned batch = argc > 3 ? atoi(argv[2]) : 0;
	void *p;

	if (!batch || batch > MAX_BATCH) {
		fprintf(stderr, "usage: bench-requests five|submit BATCH REQUESTS [FEATURES] [SIZE]\n");
		return 2;
	}
	ring_device_start(&dev, &vdev);
	if (virtio_mem_alloc(MAX_BATCH * (64 + 4096), NULL, &p))
		return 1;
	memory = p;
	run(&dev, strcmp(argv[1], "submit") ? five_calls : one_call, batch,
	    strtoul(argv[3], NULL, 10));
	virtio_dev_destruct(&vdev);
	return virtio_mem_free(p) ? 1 : 0;
}
