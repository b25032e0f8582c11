/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One thread of bench. Polls without a pause: that is what is to be measured.
 *
 * The clock is read once per batch that is sent and once per batch that comes
 * back, so a latency includes the time that the request waited for its batch.
 */
#include "config.h"

#include <errno.h>
#include <sched.h>

#include "address.h"
#include "bench-job.h"
#include "command.h"
#include "interrupt.h"

#define BATCH 64
/* A machine may have fewer processors than there are threads here and there. */
#define YIELD_AFTER 4096

/* xorshift64: fast, and good enough to spread requests. */
static uint64_t next_random(struct bench_job *job)
{
	uint64_t x = job->random_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	job->random_state = x;
	return x;
}

static uint64_t next_sector(struct bench_job *job)
{
	const struct bench_load *load = job->load;
	uint64_t slot;

	if (load->random)
		slot = next_random(job) % load->slots;
	else
		slot = job->first_slot + job->position++ % job->n_slots;
	return slot * (load->bytes / SECTOR_SIZE);
}

static bool complain_queue(const struct bench_job *job)
{
	char why[BLK_END_SIZE];

	if (!blk_queue_end(job->vq, why))
		return false;
	/* Of a device that is gone one job tells. */
	if (!atomic_exchange(&job->load->stop, true))
		complain("%s: %s (queue %u)", job->load->blk->address, why, job->index);
	return true;
}

/* Sends the n requests; what the queue has no room for is an error, since a
 * job never has more in flight than fits. */
static int send_batch(struct bench_job *job, struct blk_request **requests, unsigned n)
{
	const struct bench_load *load = job->load;
	uint64_t now = now_ns();

	for (unsigned i = 0; i < n; i++) {
		int err;

		requests[i]->operation = load->operation;
		requests[i]->sector = next_sector(job);
		requests[i]->bytes = load->bytes;
		requests[i]->started_ns = now;
		err = blk_submit(load->blk, job->vq, requests[i]);
		if (err)
			return complain_queue(job) ? EXIT_FAILED : library_failure();
	}
	virtqueue_req_flush(job->vq);
	return EXIT_DONE;
}

static int count_batch(struct bench_job *job, struct blk_request **requests, unsigned n,
		       uint64_t now)
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t status = blk_request_status(requests[i]);

		if (status) {
			blk_complain_request(requests[i], status);
			return EXIT_FAILED;
		}
		histogram_add(&job->latency, now - requests[i]->started_ns);
	}
	/* Relaxed: a figure to look at, which orders nothing. */
	atomic_store_explicit(&job->done, (unsigned long)job->latency.count,
			      memory_order_relaxed);
	return EXIT_DONE;
}

static int check_silence(struct bench_job *job, uint64_t now)
{
	uint64_t silent_ms = (now - job->last_ns) / 1000000;

	if (interrupted())
		return EXIT_INTERRUPTED;
	if (complain_queue(job))
		return EXIT_FAILED;
	if (silent_ms < blk_patience(job->load->blk)) {
		sched_yield();
		return EXIT_DONE;
	}
	complain("queue %u: no completion for %.1f s (--timeout)", job->index,
		 (double)silent_ms / 1000);
	return EXIT_FAILED;
}

/* A control call, so one job makes it for all. */
static int look(struct bench_job *job, uint64_t now)
{
	return !job->index && blk_look(job->load->blk, now) ? EXIT_FAILED : EXIT_DONE;
}

/* Nothing was ready. The clock is not read each time. */
static int wait_more(struct bench_job *job)
{
	uint64_t now;
	int status;

	if (++job->empty % YIELD_AFTER)
		return EXIT_DONE;
	now = now_ns();
	status = look(job, now);
	return status == EXIT_DONE ? check_silence(job, now) : status;
}

/* Until the time is over and all that was sent has come back. */
static int run_load(struct bench_job *job, uint64_t start)
{
	struct bench_load *load = job->load;
	uint64_t now = start;
	unsigned in_flight = load->depth;
	int status = EXIT_DONE;

	job->last_ns = start;
	while (in_flight && status == EXIT_DONE && !atomic_load(&load->stop)) {
		struct blk_request *batch[BATCH];
		unsigned n = blk_reap(job->vq, batch, BATCH);

		if (!n) {
			status = wait_more(job);
			continue;
		}
		job->empty = 0;
		job->last_ns = now = now_ns();
		status = count_batch(job, batch, n, now);
		if (status == EXIT_DONE)
			status = look(job, now);
		if (interrupted())
			status = EXIT_INTERRUPTED;
		if (status == EXIT_DONE && now - start < load->runtime_ns)
			status = send_batch(job, batch, n);
		else
			in_flight -= n;
	}
	job->elapsed_ns = now - start;
	return status;
}

static int send_first(struct bench_job *job)
{
	int status = EXIT_DONE;

	for (unsigned i = 0; i < job->load->depth && status == EXIT_DONE; i++) {
		struct blk_request *request = &job->requests[i];

		status = send_batch(job, &request, 1);
	}
	return status;
}

void *bench_job_run(void *ctx)
{
	struct bench_job *job = ctx;
	uint64_t start;

	while (!atomic_load(&job->load->go) && !atomic_load(&job->load->stop))
		sched_yield();
	start = now_ns();
	job->status = send_first(job);
	if (job->status == EXIT_DONE)
		job->status = run_load(job, start);
	if (job->status != EXIT_DONE)
		atomic_store(&job->load->stop, true);
	return NULL;
}
