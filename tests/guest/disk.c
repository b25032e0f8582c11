/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See disk.h. Keeps up to DISK_DEPTH requests in flight; never touches a device but
 * through the queue it is given.
 */
#include "config.h"

#include <endian.h>
#include <inttypes.h>

#include "disk.h"

_Static_assert(sizeof(struct disk_request) == 64, "one request, one cache line");

struct disk_request *disk_requests(struct virtio_dev *dev, size_t bytes)
{
	struct disk_request *requests = device_memory(dev, DISK_DEPTH * sizeof(*requests));
	char *data = device_memory(dev, DISK_DEPTH * bytes);

	for (unsigned i = 0; i < DISK_DEPTH; i++)
		requests[i].buffer = data + i * bytes;
	return requests;
}

int disk_submit(struct virtqueue *vq, struct disk_request *r, uint32_t type, uint64_t sector,
		void *data, size_t len)
{
	struct iovec iov[3] = { { &r->header, sizeof(r->header) } };
	unsigned n = 1, readable = 1;

	r->header = (struct virtio_blk_outhdr){ .type = htole32(type), .sector = htole64(sector) };
	r->status = 0xff;
	r->data = data;
	r->len = len;
	r->sector = sector;
	if (len)
		iov[n++] = (struct iovec){ data, len };
	if (type == VIRTIO_BLK_T_OUT)
		readable = n;
	iov[n++] = (struct iovec){ &r->status, 1 };
	return virtqueue_req_submit(vq, r, iov, readable, n - readable);
}

void disk_check(const struct disk_request *r)
{
	if (r->status != VIRTIO_BLK_S_OK)
		die("the request at sector %" PRIu64 " has status %u", r->sector, r->status);
}

void disk_do(struct virtqueue *vq, struct disk_request *r, uint32_t type, uint64_t sector,
	     void *data, size_t len)
{
	void *cookie;

	must(disk_submit(vq, r, type, sector, data, len), "submit");
	virtqueue_req_flush(vq);
	collect(vq, &cookie, NULL, 1);
	check(cookie == r, "the cookie is the one that was given");
	disk_check(r);
}

/* The same type for all sectors, DISK_DEPTH requests of so many bytes at a time. */
static void run(struct virtqueue *vq, struct disk_request *requests, uint32_t type, uint64_t first,
		uint64_t count, unsigned seed, size_t bytes)
{
	const unsigned each = (unsigned)(bytes / SECTOR_BYTES);

	while (count) {
		void *cookies[DISK_DEPTH];
		unsigned n = 0;

		for (; n < DISK_DEPTH && count; n++) {
			unsigned sectors = count < each ? (unsigned)count : each;
			struct disk_request *r = &requests[n];

			if (type == VIRTIO_BLK_T_OUT)
				pattern_fill(r->buffer, first, sectors, seed);
			else
				memset(r->buffer, 0xee, sectors * SECTOR_BYTES);
			must(disk_submit(vq, r, type, first, r->buffer, sectors * SECTOR_BYTES),
			     "submit");
			first += sectors;
			count -= sectors;
		}
		virtqueue_req_flush(vq);
		collect(vq, cookies, NULL, n);
		for (unsigned i = 0; i < n; i++) {
			struct disk_request *r = cookies[i];

			disk_check(r);
			if (pattern_differs(r->data, r->sector, (unsigned)(r->len / SECTOR_BYTES),
					    seed) >= 0)
				die("sector %" PRIu64 " and on: not of seed %u", r->sector, seed);
		}
	}
}

void disk_verify(struct virtqueue *vq, struct disk_request *requests, uint64_t first,
		 uint64_t count, unsigned seed, size_t bytes)
{
	run(vq, requests, VIRTIO_BLK_T_IN, first, count, seed, bytes);
}

void disk_fill(struct virtqueue *vq, struct disk_request *requests, uint64_t first,
	       uint64_t count, unsigned seed, size_t bytes)
{
	run(vq, requests, VIRTIO_BLK_T_OUT, first, count, seed, bytes);
	disk_do(vq, requests, VIRTIO_BLK_T_FLUSH, 0, NULL, 0);
}
