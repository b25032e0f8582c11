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

#include <linux/virtio_blk.h>

#include "address.h"
#include "blk.h"
#include "command.h"

/* Of its own on a cache line: the device writes the status byte. */
struct blk_wire {
	struct virtio_blk_outhdr header;
	uint8_t status;
	uint8_t pad[47];
};

_Static_assert(sizeof(struct blk_wire) == 64, "one request, one cache line");

/* No device says this; what stands there before it has said anything. */
#define STATUS_UNWRITTEN 0xff

struct blk_request *blk_requests_new(unsigned count, uint32_t bytes)
{
	struct blk_request *requests = calloc(count, sizeof(*requests));
	void *wires = NULL, *data = NULL;

	if (!requests) {
		complain("out of memory");
		return NULL;
	}
	if (virtio_mem_alloc(count * sizeof(struct blk_wire), NULL, &wires) ||
	    virtio_mem_alloc((size_t)count * bytes, NULL, &data)) {
		library_failure();
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

int blk_submit(const struct blk *blk, struct virtqueue *vq, struct blk_request *request)
{
	struct iovec iov[256];
	struct blk_wire *wire = request->wire;
	unsigned n, readable = 1, writable = 1;

	wire->header = (struct virtio_blk_outhdr){
		.type = htole32(request->operation),
		.sector = htole64(request->operation == BLK_FLUSH ? 0 : request->sector),
	};
	wire->status = STATUS_UNWRITTEN;
	iov[0] = (struct iovec){ &wire->header, sizeof(wire->header) };
	n = put_segments(blk, request, iov + 1);
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
	return operation == BLK_READ ? "reading" : operation == BLK_WRITE ? "writing" : "flushing";
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

const char *blk_queue_end(struct virtqueue *vq)
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

	for (unsigned i = 0; err && i < sizeof(ends) / sizeof(*ends); i++)
		if (ends[i].err == err)
			return ends[i].text;
	return err ? "the queue has failed" : NULL;
}
