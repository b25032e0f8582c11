/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data to and from the device under selftest: a pattern that differs at every
 * place, written, read back and compared.
 */
#include "config.h"

#include <sched.h>
#include <string.h>

#include "selftest.h"

#define DEPTH 8
#define CHUNK 65536
#define PATIENCE_NS 2000000000ull

uint8_t selftest_pattern(uint64_t at)
{
	/* No power of 2 repeats it: a chunk in the wrong place is seen. */
	return (uint8_t)(at * 167 + at / 509 * 13 + at / 65537);
}

static void fill(struct blk_request *request)
{
	uint8_t *p = request->data;

	for (uint32_t i = 0; i < request->bytes; i++)
		p[i] = selftest_pattern(request->sector * SECTOR_SIZE + i);
}

static bool compare(struct selftest *t, const struct blk_request *request)
{
	const uint8_t *p = request->data;

	for (uint32_t i = 0; i < request->bytes; i++)
		if (p[i] != selftest_pattern(request->sector * SECTOR_SIZE + i))
			return selftest_check(t, false, "byte %u of sector %llu is wrong",
					      i % SECTOR_SIZE, (unsigned long long)
					      (request->sector + i / SECTOR_SIZE));
	return true;
}

/* Waits for `count` requests, on any queue. */
static bool wait_for(struct selftest *t, unsigned count)
{
	uint64_t end = now_ns() + PATIENCE_NS;
	struct blk_request *done[DEPTH];

	while (count) {
		unsigned n = 0;

		for (unsigned i = 0; i < t->blk.queues; i++)
			n += blk_reap(t->blk.vdev.vqs[i], done, DEPTH);
		if (!selftest_check(t, n <= count, "%u completions too many", n - count))
			return false;
		count -= n;
		if (!n && !selftest_check(t, now_ns() < end, "%u requests never completed", count))
			return false;
		if (!n)
			sched_yield();
	}
	return true;
}

uint8_t selftest_request(struct selftest *t, struct blk_request *request)
{
	struct virtqueue *vq = t->blk.vdev.vqs[0];
	int err = blk_submit(&t->blk, vq, request);

	if (!selftest_check(t, !err, "%s", virtio_last_error()))
		return 0xff;
	virtqueue_req_flush(vq);
	return wait_for(t, 1) ? blk_request_status(request) : 0xff;
}

/* Up to DEPTH chunks from `offset` on; how many bytes that were. */
static uint64_t move_batch(struct selftest *t, struct blk_request *requests,
			   enum blk_operation operation, uint64_t offset)
{
	uint64_t total = t->blk.capacity * SECTOR_SIZE, start = offset;
	unsigned n;

	for (n = 0; n < DEPTH && offset < total; n++) {
		struct virtqueue *vq = t->blk.vdev.vqs[n % t->blk.queues];
		struct blk_request *r = &requests[n];

		r->operation = operation;
		r->sector = offset / SECTOR_SIZE;
		r->bytes = total - offset < CHUNK ? (uint32_t)(total - offset) : CHUNK;
		if (operation == BLK_WRITE)
			fill(r);
		else
			memset(r->data, 0, r->bytes);
		if (!selftest_check(t, !blk_submit(&t->blk, vq, r), "%s", virtio_last_error()))
			return 0;
		virtqueue_req_flush(vq);
		offset += r->bytes;
	}
	if (!wait_for(t, n))
		return 0;
	for (unsigned i = 0; i < n; i++) {
		uint8_t status = blk_request_status(&requests[i]);

		if (!selftest_check(t, !status, "a request ended with status %u", status))
			return 0;
		if (operation == BLK_READ && !compare(t, &requests[i]))
			return 0;
	}
	return offset - start;
}

static bool move_all(struct selftest *t, struct blk_request *requests,
		     enum blk_operation operation)
{
	uint64_t total = t->blk.capacity * SECTOR_SIZE;

	for (uint64_t offset = 0; offset < total;) {
		uint64_t moved = move_batch(t, requests, operation, offset);

		if (!moved)
			return false;
		offset += moved;
	}
	return true;
}

void selftest_round_trip(struct selftest *t)
{
	struct blk_request *requests = blk_requests_new(&t->blk, DEPTH, CHUNK);

	if (!selftest_check(t, requests, "no memory"))
		return;
	if (move_all(t, requests, BLK_WRITE) && move_all(t, requests, BLK_READ)) {
		requests[0].operation = BLK_FLUSH;
		requests[0].bytes = 0;
		selftest_check(t, !selftest_request(t, &requests[0]), "the flush failed");
	}
	(void)virtio_dev_stop(&t->blk.vdev);
	blk_requests_free(requests);
}
