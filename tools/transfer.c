/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine of copy: requests go round between the idle ones and the queues;
 * the file is read before a request is sent, or written when it comes back.
 *
 * One thread. It polls, gives its processor away when nothing is ready, and
 * ends when nothing has come back for too long.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "interrupt.h"
#include "sparse.h"
#include "transfer.h"

#define BATCH 32

#define NO_DIFFERENCE UINT64_MAX

struct mover {
	struct transfer *t;
	bool to_device;
	struct progress progress;
	struct blk_request **idle;	/* n_idle of them */
	unsigned n_idle;
	struct blk_request *waiting;	/* filled, but no queue had room */
	unsigned in_flight;
	unsigned turn;			/* the queue that is next */
	uint64_t offset;		/* of the next request */
	uint64_t done;			/* bytes */
	struct extent extent;		/* of the source, with the next request in it */
	char *other;			/* to compare with, a request's size; or NULL */
	uint64_t difference;		/* the lowest offset of one */
};

/* How many bytes at the offset are a hole that the device can make as well. */
static uint32_t hole_ahead(struct mover *m)
{
	const struct transfer *t = m->t;
	uint64_t hole;

	if (!m->to_device || !t->sparse || !t->blk->zero_max || m->offset >= t->file->size)
		return 0;
	if (m->offset >= m->extent.end)
		sparse_find(t->file, m->offset, &m->extent);
	if (!m->extent.hole || m->extent.end <= m->offset)
		return 0;
	hole = m->extent.end - m->offset;
	if (hole > t->blk->zero_max)
		return t->blk->zero_max;
	return (uint32_t)hole & ~(t->blk->block_size - 1);
}

/* Whole chunks, but data ends where a hole begins: the next request is that. */
static uint32_t data_ahead(const struct mover *m)
{
	const struct transfer *t = m->t;
	uint64_t left = t->total - m->offset, data = 0;
	uint32_t block = t->blk->block_size;

	if (m->extent.end > m->offset && m->extent.end < t->file->size)
		data = (m->extent.end - m->offset + block - 1) & ~(uint64_t)(block - 1);
	if (data && data < left)
		left = data;
	return left < t->chunk ? (uint32_t)left : t->chunk;
}

/* The next piece of the file in a request. */
static int fill_next(struct mover *m, struct blk_request **request)
{
	struct transfer *t = m->t;
	uint32_t hole = hole_ahead(m);
	struct blk_request *r = m->idle[m->n_idle - 1];
	int status = EXIT_DONE;

	r->sector = m->offset / SECTOR_SIZE;
	r->bytes = hole ? hole : data_ahead(m);
	r->operation = hole ? BLK_WRITE_ZEROES : m->to_device ? BLK_WRITE : BLK_READ;
	if (r->operation == BLK_WRITE)
		status = file_read(t->file, r->data, r->bytes, m->offset);
	if (status != EXIT_DONE)
		return status;
	if (r->operation == BLK_WRITE)
		t->moved += r->bytes;
	m->n_idle--;
	m->offset += r->bytes;
	*request = r;
	return EXIT_DONE;
}

/* Puts the request on the first queue with room. 1: sent, 0: no room, or -errno. */
static int send_request(struct mover *m, struct blk_request *request)
{
	struct blk *blk = m->t->blk;

	for (unsigned i = 0; i < blk->queues; i++) {
		struct virtqueue *vq = blk->vdev.vqs[m->turn];
		int err;

		m->turn = (m->turn + 1) % blk->queues;
		err = blk_submit(blk, vq, request);
		if (err == -ENOMEM && m->in_flight)
			continue;
		if (err)
			return err;
		virtqueue_req_flush(vq);
		if (!m->in_flight++)
			blk_heard(blk, now_ns());
		return 1;
	}
	return 0;
}

static int give_up(const struct mover *m, const char *why)
{
	complain("%s: %s: %" PRIu64 " of %" PRIu64 " bytes are done", m->t->blk->address, why,
		 m->done, m->t->total);
	return EXIT_FAILED;
}

static bool complain_queues(const struct mover *m)
{
	const struct blk *blk = m->t->blk;
	char why[BLK_END_SIZE];

	for (unsigned i = 0; i < blk->queues; i++) {
		if (!blk_queue_end(blk->vdev.vqs[i], why))
			continue;
		give_up(m, why);
		return true;
	}
	return false;
}

/* As many requests as there are idle ones, data to move and room. */
static int submit(struct mover *m)
{
	while (m->waiting || (m->n_idle && m->offset < m->t->total)) {
		int sent, status = EXIT_DONE;

		if (!m->waiting)
			status = fill_next(m, &m->waiting);
		if (status != EXIT_DONE)
			return status;
		sent = send_request(m, m->waiting);
		if (sent < 0)
			return complain_queues(m) ? EXIT_FAILED : library_failure();
		if (!sent)
			break;
		m->waiting = NULL;
	}
	return EXIT_DONE;
}

/* What the device has sent beside what the file has. */
static int compare(struct mover *m, const struct blk_request *request)
{
	uint64_t offset = request->sector * SECTOR_SIZE;
	const char *data = request->data;
	int status = file_read(m->t->file, m->other, request->bytes, offset);

	if (status != EXIT_DONE || !memcmp(data, m->other, request->bytes))
		return status;
	while (*data == m->other[data - (const char *)request->data])
		data++;
	offset += (uint64_t)(data - (const char *)request->data);
	if (offset < m->difference)
		m->difference = offset;
	/* Nothing more is sent; what is on its way may differ further in front. */
	m->offset = m->t->total;
	return EXIT_DONE;
}

/* The device's data, to the file. */
static int keep(struct mover *m, const struct blk_request *request)
{
	struct transfer *t = m->t;
	uint64_t offset = request->sector * SECTOR_SIZE;

	if (m->other)
		return compare(m, request);
	if (t->sparse && t->file->fresh)
		return sparse_write(t->file, request->data, request->bytes, offset, &t->moved);
	t->moved += request->bytes;
	return file_write(t->file, request->data, request->bytes, offset);
}

/* A request has come back. */
static int finish(struct mover *m, struct blk_request *request)
{
	uint8_t status = blk_request_status(request);

	m->in_flight--;
	if (status) {
		blk_complain_request(request, status);
		return EXIT_FAILED;
	}
	m->idle[m->n_idle++] = request;
	m->done += request->bytes;
	return request->operation == BLK_READ ? keep(m, request) : EXIT_DONE;
}

/* Takes back what is ready on all queues; *n counts them. */
static int collect(struct mover *m, unsigned *n)
{
	struct blk *blk = m->t->blk;
	struct blk_request *requests[BATCH];
	int status = EXIT_DONE;

	*n = 0;
	for (unsigned i = 0; i < blk->queues; i++) {
		unsigned got = blk_reap(blk->vdev.vqs[i], requests, BATCH);

		if (got)
			blk_heard(blk, now_ns());
		for (unsigned k = 0; k < got && status == EXIT_DONE; k++)
			status = finish(m, requests[k]);
		*n += got;
	}
	return status;
}

/* Nothing was ready: has the device gone, or has it been silent for too long? */
static int wait_more(struct mover *m, uint64_t now)
{
	const struct blk *blk = m->t->blk;
	uint64_t silent_ms = (now - blk->owes_since_ns) / 1000000;
	char why[96];

	if (complain_queues(m))
		return EXIT_FAILED;
	if (silent_ms < blk_patience(blk)) {
		sched_yield();
		return EXIT_DONE;
	}
	snprintf(why, sizeof(why), "no completion for %.1f s with %u request%s in flight "
		 "(--timeout)", (double)silent_ms / 1000, m->in_flight,
		 m->in_flight == 1 ? "" : "s");
	return give_up(m, why);
}

/* One round: send, take back, look at the clock. */
static int turn_round(struct mover *m)
{
	uint64_t now;
	unsigned n;
	int status;

	if (interrupted())
		return EXIT_INTERRUPTED;
	status = submit(m);
	if (status == EXIT_DONE)
		status = collect(m, &n);
	if (status != EXIT_DONE)
		return status;
	now = now_ns();
	if (blk_look(m->t->blk, now))
		return EXIT_FAILED;
	progress_update(&m->progress, m->done, now);
	return n ? EXIT_DONE : wait_more(m, now);
}

/* The device may hold what it was given in a cache: this empties it. */
static int flush_device(struct mover *m)
{
	struct blk_request *request = m->idle[--m->n_idle];
	int status = EXIT_DONE, sent;

	request->operation = BLK_FLUSH;
	request->sector = 0;
	request->bytes = 0;
	sent = send_request(m, request);
	if (sent < 0)
		return complain_queues(m) ? EXIT_FAILED : library_failure();
	while (m->in_flight && status == EXIT_DONE)
		status = turn_round(m);
	return status;
}

static int move_all(struct mover *m)
{
	struct transfer *t = m->t;
	int status = EXIT_DONE;

	for (unsigned i = 0; i < t->depth; i++)
		m->idle[m->n_idle++] = &t->requests[i];
	while ((m->offset < t->total || m->waiting || m->in_flight) && status == EXIT_DONE)
		status = turn_round(m);
	if (status == EXIT_DONE && m->to_device && t->blk->can_flush && t->total)
		status = flush_device(m);
	/* What a device in that state has completed is worth nothing. */
	if (status == EXIT_DONE && blk_needs_reset(t->blk))
		status = EXIT_FAILED;
	return status;
}

int transfer_run(struct transfer *t)
{
	struct mover m = { .t = t, .to_device = t->to_device };
	uint64_t start = now_ns();
	int status = EXIT_FAILED;

	t->requests = blk_requests_new(t->blk, t->depth, t->chunk);
	m.idle = calloc(t->depth, sizeof(struct blk_request *));
	if (t->requests && m.idle) {
		progress_begin(&m.progress, "", t->total, t->progress, start);
		status = move_all(&m);
		progress_clear();
	}
	free(m.idle);
	t->elapsed_ns = now_ns() - start;
	return status;
}

int transfer_verify(struct transfer *t)
{
	struct mover m = { .t = t, .difference = NO_DIFFERENCE };
	int status = EXIT_FAILED;

	m.idle = calloc(t->depth, sizeof(struct blk_request *));
	m.other = malloc(t->chunk);
	if (m.idle && m.other) {
		progress_begin(&m.progress, "verifying", t->total, t->progress, now_ns());
		status = move_all(&m);
		progress_clear();
	} else {
		complain("out of memory");
	}
	free(m.other);
	free(m.idle);
	if (status != EXIT_DONE || m.difference == NO_DIFFERENCE)
		return status;
	complain("verify: '%s' and %s differ, first at byte %" PRIu64 " (sector %" PRIu64 ")",
		 t->file->name, t->blk->address, m.difference, m.difference / SECTOR_SIZE);
	return EXIT_FAILED;
}

void transfer_release(struct transfer *t)
{
	blk_requests_free(t->requests);
	t->requests = NULL;
}
