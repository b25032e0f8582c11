/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests of a virtio block device: their memory, onto a queue and back,
 * what their status byte says. VIRTIO 1.3, 5.2.6.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/virtio_blk.h>

#include "address.h"
#include "blk.h"
#include "command.h"

/* Of its own on a cache line: the device writes the status byte. */
struct blk_wire {
	struct virtio_blk_outhdr header;
	struct virtio_blk_discard_write_zeroes range;
	uint8_t status;
	uint8_t pad[31];
};

_Static_assert(sizeof(struct blk_wire) == 64, "one request, one cache line");

/* No device says this; what stands there before it has said anything. */
#define STATUS_UNWRITTEN 0xff

/* A device that is given physical addresses takes huge pages only. */
static bool wants_huge_pages(struct blk *blk)
{
	struct virtio_mem_limits limits;

	return !virtio_dev_get_mem_limits(&blk->vdev, &limits) &&
	       limits.page_size > (uint64_t)sysconf(_SC_PAGESIZE);
}

void blk_complain_memory(struct blk *blk, int err)
{
	library_failure();
	if (err == -ENOMEM && wants_huge_pages(blk))
		complain("%s takes memory in huge pages only: reserve some, as root: "
			 "echo 64 >/proc/sys/vm/nr_hugepages", blk->address);
}

struct blk_request *blk_requests_new(struct blk *blk, unsigned count, uint32_t bytes)
{
	struct blk_request *requests = calloc(count, sizeof(*requests));
	struct virtio_mem_opts opts = { .size = sizeof(opts) };
	void *wires = NULL, *data = NULL;
	int err;

	if (!requests) {
		complain("out of memory");
		return NULL;
	}
	if (wants_huge_pages(blk))
		opts.flags = VIRTIO_MEM_HUGETLB;
	err = virtio_mem_alloc(count * sizeof(struct blk_wire), &opts, &wires);
	if (!err)
		err = virtio_mem_alloc((size_t)count * bytes, &opts, &data);
	if (err) {
		blk_complain_memory(blk, err);
		(void)virtio_mem_free(wires);
		free(requests);
		return NULL;
	}
	for (unsigned i = 0; i < count; i++) {
		requests[i].wire = (struct blk_wire *)wires + i;
		requests[i].data = (char *)data + (size_t)i * bytes;
		requests[i].bytes = bytes;
	}
	return requests;
}

void blk_requests_free(struct blk_request *requests)
{
	if (!requests)
		return;
	(void)virtio_mem_free(requests[0].wire);
	(void)virtio_mem_free(requests[0].data);
	free(requests);
}

/* The data in segments as long as the device takes them: how many. */
static unsigned put_segments(const struct blk *blk, const struct blk_request *request,
			     struct iovec *iov)
{
	char *data = request->data;
	uint32_t left = request->bytes;
	unsigned n = 0;

	while (left && n < blk->segments) {
		uint32_t len = left < blk->segment_max ? left : blk->segment_max;

		iov[n++] = (struct iovec){ data, len };
		data += len;
		left -= len;
	}
	return n;
}

/* VIRTIO 1.3, 5.2.6.1: what WRITE_ZEROES has in place of data. */
static unsigned put_range(const struct blk *blk, const struct blk_request *request,
			  struct iovec *iov)
{
	struct blk_wire *wire = request->wire;

	wire->range = (struct virtio_blk_discard_write_zeroes){
		.sector = htole64(request->sector),
		.num_sectors = htole32(request->bytes / SECTOR_SIZE),
		.flags = htole32(blk->zero_unmaps ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0),
	};
	iov[0] = (struct iovec){ &wire->range, sizeof(wire->range) };
	return 1;
}

int blk_submit(const struct blk *blk, struct virtqueue *vq, struct blk_request *request)
{
	struct iovec iov[256];
	struct blk_wire *wire = request->wire;
	unsigned n, readable = 1, writable = 1;

	wire->header = (struct virtio_blk_outhdr){
		.type = htole32(request->operation),
		.sector = htole64(request->operation == BLK_READ ||
				  request->operation == BLK_WRITE ? request->sector : 0),
	};
	wire->status = STATUS_UNWRITTEN;
	iov[0] = (struct iovec){ &wire->header, sizeof(wire->header) };
	n = request->operation == BLK_WRITE_ZEROES ? put_range(blk, request, iov + 1)
						   : put_segments(blk, request, iov + 1);
	iov[1 + n] = (struct iovec){ &wire->status, 1 };
	if (request->operation == BLK_READ)
		writable += n;
	else
		readable += n;
	return virtqueue_req_submit(vq, request, iov, readable, writable);
}

unsigned blk_reap(struct virtqueue *vq, struct blk_request **requests, unsigned max)
{
	void *cookies[64];
	unsigned n;

	/* The reported length is not looked at: honest servers get it wrong, and
	 * the status byte, which has to be written last, tells as much. */
	n = virtio_recv_pkts(vq, cookies, NULL, max < 64 ? (uint16_t)max : 64);
	for (unsigned i = 0; i < n; i++)
		requests[i] = cookies[i];
	return n;
}

uint8_t blk_request_status(const struct blk_request *request)
{
	/* HARD-USED-14: read once, the device can still write it. */
	return *(const volatile uint8_t *)&request->wire->status;
}

static const char *operation_name(enum blk_operation operation)
{
	return operation == BLK_READ ? "reading" :
	       operation == BLK_WRITE ? "writing" : "zeroing";
}

static const char *status_name(uint8_t status)
{
	static const char *const names[] = {
		"done",
		"I/O error",
		"not supported",
		"no valid zone operation",
		"zone is not writable at that place",
		"no more zones can be open",
		"no more zones can be active",
	};

	if (status == STATUS_UNWRITTEN)
		return "completed without a status";
	return status < sizeof(names) / sizeof(*names) ? names[status] : "unknown status";
}

void blk_complain_request(const struct blk_request *request, uint8_t status)
{
	uint64_t last = request->sector + request->bytes / SECTOR_SIZE;

	if (request->operation == BLK_FLUSH)
		complain("flushing failed: %s (status %u)", status_name(status), status);
	else
		complain("%s sectors %" PRIu64 " to %" PRIu64 " failed: %s (status %u)",
			 operation_name(request->operation), request->sector, last ? last - 1 : 0,
			 status_name(status), status);
}

bool blk_queue_end(struct virtqueue *vq, char why[BLK_END_SIZE])
{
	static const struct {
		int err;
		const char *text;
	} ends[] = {
		{ -EIO, "the device broke a rule of the protocol" },
		{ -ENODEV, "the device was removed" },
		{ -ECONNRESET, "the server is gone" },
		{ -ESHUTDOWN, "the device was stopped" },
	};
	int err = virtqueue_get_error(vq);
	const char *text = "the queue has failed";

	if (!err)
		return false;
	for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (ends[i].err == err)
			text = ends[i].text;
	/* Such a queue refuses each request, with the rule as the reason. */
	if (err == -EIO && virtqueue_req_start(vq, NULL, 1))
		snprintf(why, BLK_END_SIZE, "%s: %s", text, library_sentence());
	else
		snprintf(why, BLK_END_SIZE, "%s", text);
	return true;
}
