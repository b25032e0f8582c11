/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A block-like request, over and over, in one thread: 16 readable bytes,
 * 4 KiB writable, a writable status byte. Run under callgrind by bench.sh,
 * which counts the instructions of the library's functions alone.
 *
 * usage: bench-requests five|submit BATCH REQUESTS [FEATURES] [MEMORY]
 *
 * MEMORY says where the device sees it: `identity`; `iova`, at an offset;
 * `pages`, where each data segment is in another 2 MiB page of one region,
 * and `regions`, where it is in another of 500 regions with offsets, both in
 * random order. `near-pages` and `near-regions` are the same for a segment in
 * the same page or region as the one before.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "ring-device.h"

#define MAX_BATCH	256
#define DATA		4096u
#define REGIONS		500u
#define REGION_SIZE	(64u << 10)
#define PAGES		512u

/* Data segments lie in n places of so many bytes each, from `data` on. */
struct layout {
	const char *name;
	enum ring_device_bus bus;
	size_t place;
	unsigned n;
	bool one_region;
	bool random;
};

static const struct layout layouts[] = {
	{ "identity", BUS_IDENTITY, MAX_BATCH * DATA, 1, true, false },
	{ "iova", BUS_IOVA, MAX_BATCH * DATA, 1, true, false },
	{ "pages", BUS_PAGES, RING_DEVICE_PAGE, PAGES, true, true },
	{ "near-pages", BUS_PAGES, RING_DEVICE_PAGE, PAGES, true, false },
	{ "regions", BUS_IOVA, REGION_SIZE, REGIONS, false, true },
	{ "near-regions", BUS_IOVA, REGION_SIZE, REGIONS, false, false },
};

static const struct layout *layout = layouts;
static char *small;	/* header and status of request i, 64 bytes apart */
static char *data;	/* never touched, so that it takes no memory */
static unsigned seed = 1;

static void fill(struct iovec v[3], unsigned i)
{
	unsigned place = layout->random ? (unsigned)rand_r(&seed) % layout->n : 0;
	size_t at = place * layout->place + i * DATA % layout->place;

	v[0] = (struct iovec){ small + i * 64, 16 };
	v[1] = (struct iovec){ data + at, DATA };
	v[2] = (struct iovec){ small + i * 64 + 16, 1 };
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

	for (unsigned long n = 0; n < requests; n += batch) {
		for (unsigned i = 0; i < batch; i++)
			fill(v[i], i);
		for (unsigned i = 0; i < batch; i++)
			if (send(dev->vq, v[i]))
				exit(1);
		virtqueue_req_flush(dev->vq);
		ring_device_serve(dev, DATA + 1);
		if (virtio_recv_pkts(dev->vq, cookies, lens, batch) != batch)
			exit(1);
	}
}

/* Address space for the data, aligned to its places, and headers before it:
 * in the first region, or the first page, as a program's would be. */
static int reserve(void)
{
	size_t head = RING_DEVICE_PAGE, len = head + layout->n * layout->place;
	char *p = mmap(NULL, len + RING_DEVICE_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error;

	if (p == MAP_FAILED)
		return -1;
	small = p + (RING_DEVICE_PAGE - (uintptr_t)p % RING_DEVICE_PAGE) % RING_DEVICE_PAGE;
	data = small + head;
	if (layout->one_region)
		return virtio_mem_register(small, len, -1, 0, NULL);
	error = virtio_mem_register(small, head, -1, 0, NULL);
	for (unsigned i = 0; i < layout->n && !error; i++)
		error = virtio_mem_register(data + i * layout->place, layout->place, -1, 0, NULL);
	return error;
}

static bool find_layout(const char *name)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (!strcmp(layouts[i].name, name))
			layout = &layouts[i];
	return !strcmp(layout->name, name);
}

int main(int argc, char **argv)
{
	struct virtio_dev vdev = { 0 };
	struct ring_device dev = {
		.queue_size = 1024,
		.features = argc > 4 ? strtoull(argv[4], NULL, 16) : 0,
	};
	unsigned batch = argc > 3 ? atoi(argv[2]) : 0;

	if (!batch || batch > MAX_BATCH || (argc > 5 && !find_layout(argv[5]))) {
		fprintf(stderr, "usage: bench-requests five|submit BATCH REQUESTS [FEATURES]"
			" [MEMORY]\n");
		return 2;
	}
	dev.bus = layout->bus;
	ring_device_start(&dev, &vdev);
	if (reserve()) {
		fprintf(stderr, "%s\n", virtio_last_error());
		return 1;
	}
	run(&dev, strcmp(argv[1], "submit") ? five_calls : one_call, batch,
	    strtoul(argv[3], NULL, 10));
	virtio_dev_destruct(&vdev);
	return 0;
}
