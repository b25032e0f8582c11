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
#include "transfer.h"

#define BATCH 32

struct mover {
	struct transfer *t;
	struct progress progress;
	struct blk_request **idle;	/* n_idle of them */
	unsigned n_idle;
	struct blk_request *waiting;	/* filled, but no queue had room */
	unsigned in_flight;
	unsigned turn;			/* the queue that is next */
	uint64_t offset;		/* of the next request */
	uint64_t done;			/* bytes */
};

/* The next piece of the file in a request. */
static int fill_next(struct mover *m, struct blk_request **request)
{
	struct transfer *t = m->t;
	uint64_t left = t->total - m->offset;
	struct blk_request *r = m->idle[m->n_idle - 1];

	r->operation = t->to_device ? BLK_WRITE : BLK_READ;
	r->sector = m->offset / SECTOR_SIZE;
	r->bytes = left < t->chunk ? (uint32_t)left : t->chunk;
	if (t->to_device) {
		int status = file_read(t->file, r->data, r->bytes, m->offset);

		if (status != EXIT_DONE)
			return status;
	}
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
	complain("%s: %" PRIu64 " of %" PRIu64 " bytes are done", why, m->done, m->t->total);
	return EXIT_FAILED;
}

static bool complain_queues(const struct mover *m)
{
	const struct blk *blk = m->t->blk;

	for (unsigned i = 0; i < blk->queues; i++) {
		const char *why = blk_queue_end(blk->vdev.vqs[i]);

		if (!why)
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

/* A request has come back. */
static int finish(struct mover *m, struct blk_request *request)
{
	struct transfer *t = m->t;
	uint8_t status = blk_request_status(request);

	m->in_flight--;
	if (status) {
		blk_complain_request(request, status);
		return EXIT_FAILED;
	}
	m->idle[m->n_idle++] = request;
	m->done += request->bytes;
	if (t->to_device || request->operation != BLK_READ)
		return EXIT_DONE;
	return file_write(t->file, request->data, request->bytes, request->sector * SECTOR_SIZE);
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
	if (!n)
		return wait_more(m, now);
	progress_update(&m->progress, m->done, now);
	return EXIT_DONE;
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
	while (m->done < t->total && status == EXIT_DONE)
		status = turn_round(m);
	if (status == EXIT_DONE && t->to_device && t->blk->can_flush && t->total)
		status = flush_device(m);
	/* What a device in that state has completed is worth nothing. */
	if (status == EXIT_DONE && blk_needs_reset(t->blk))
		status = EXIT_FAILED;
	return status;
}

int transfer_run(struct transfer *t)
{
	struct mover m = { .t = t };
	uint64_t start = now_ns();
	int status = EXIT_FAILED;

	t->requests = blk_requests_new(t->depth, t->chunk);
	m.idle = calloc(t->depth, sizeof(struct blk_request *));
	if (t->requests && m.idle) {
		progress_begin(&m.progress, t->total, t->progress);
		status = move_all(&m);
		progress_clear();
	}
	free(m.idle);
	t->elapsed_ns = now_ns() - start;
	return status;
}

void transfer_release(struct transfer *t)
{
	blk_requests_free(t->requests);
	t->requests = NULL;
}
