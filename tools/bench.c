/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench ADDRESS: how fast a block device is when it is polled.
 *
 * Threads with a queue each; writing needs --yes, since it destroys what is
 * on the device.
 */
#include "config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bench-job.h"
#include "bench-live.h"
#include "command.h"
#include "interrupt.h"
#include "options.h"
#include "report.h"

struct bench_settings {
	unsigned rw;
	uint64_t bs;
	uint64_t iodepth;
	uint64_t numjobs;
	uint64_t runtime_ms;
	uint64_t timeout_ms;
	bool yes;
	bool no_progress;
};

static const char *const loads[] = { "read", "write", "randread", "randwrite", NULL };
enum { LOAD_READ, LOAD_WRITE, LOAD_RANDREAD, LOAD_RANDWRITE };

struct bench {
	const struct bench_settings *settings;
	const char *address;
	struct blk blk;
	struct bench_load load;
	struct bench_job *jobs;
	unsigned n_jobs;
};

static bool writes(const struct bench_settings *s)
{
	return s->rw == LOAD_WRITE || s->rw == LOAD_RANDWRITE;
}

static int check_settings(const struct bench_settings *s)
{
	if (s->bs % SECTOR_SIZE)
		complain("bench: --bs=%" PRIu64 ": use a multiple of %u", s->bs, SECTOR_SIZE);
	else if (s->bs * s->numjobs > BLK_DATA_MAX)
		complain("bench: --numjobs=%" PRIu64 " with one request of --bs=%" PRIu64
			 " each are %" PRIu64 " MiB of data: %llu MiB is the most there can be",
			 s->numjobs, s->bs, s->bs * s->numjobs >> 20, BLK_DATA_MAX >> 20);
	else if (writes(s) && !s->yes)
		complain("bench: --rw=%s overwrites what is on the device: say --yes if that is "
			 "wanted", loads[s->rw]);
	else
		return EXIT_DONE;
	return EXIT_USAGE;
}

static int check_device(const struct bench *b)
{
	const struct bench_settings *s = b->settings;
	const struct blk *blk = &b->blk;

	if (writes(s) && blk->read_only)
		complain("%s is read-only", b->address);
	else if (s->bs % blk->block_size)
		complain("%s has blocks of %" PRIu32 " bytes: use a multiple of that for --bs",
			 b->address, blk->block_size);
	else if (s->bs > blk_request_limit(blk))
		complain("%s takes %" PRIu32 " bytes in a request at most: use a smaller --bs",
			 b->address, blk_request_limit(blk));
	else if (s->bs > blk->capacity * SECTOR_SIZE)
		complain("%s has %" PRIu64 " bytes: not one block of %" PRIu64, b->address,
			 blk->capacity * SECTOR_SIZE, s->bs);
	else if (s->numjobs > blk->queues)
		complain("%s has %u queue%s: use --numjobs=%u at most, a job needs one of its own",
			 b->address, blk->queues, blk->queues == 1 ? "" : "s", blk->queues);
	else
		return EXIT_DONE;
	return EXIT_FAILED;
}

/* How many requests fit a queue: three descriptors each, or one with indirect
 * tables; and how many fit memory. */
static unsigned fitting_depth(struct bench *b)
{
	uint64_t memory = BLK_DATA_MAX / (b->settings->bs * b->settings->numjobs);
	unsigned depth = (unsigned)b->settings->iodepth;

	if (depth > memory)
		depth = (unsigned)memory;

	for (unsigned i = 0; i < b->blk.queues; i++) {
		unsigned size = virtqueue_size(b->blk.vdev.vqs[i]);

		if (!virtio_dev_has_feature(&b->blk.vdev, VIRTIO_RING_F_INDIRECT_DESC))
			size /= 3;
		if (depth > size)
			depth = size;
	}
	return depth;
}

static void set_load(struct bench *b)
{
	const struct bench_settings *s = b->settings;
	struct bench_load *load = &b->load;

	load->blk = &b->blk;
	load->operation = writes(s) ? BLK_WRITE : BLK_READ;
	load->random = s->rw == LOAD_RANDREAD || s->rw == LOAD_RANDWRITE;
	load->bytes = (uint32_t)s->bs;
	load->slots = b->blk.capacity / (s->bs / SECTOR_SIZE);
	load->runtime_ns = s->runtime_ms * 1000000;
	load->depth = fitting_depth(b);
	if (load->depth < s->iodepth)
		complain("no more than %u requests fit a queue and %llu MiB of memory: taking "
			 "--iodepth=%u", load->depth, BLK_DATA_MAX >> 20, load->depth);
}

static int prepare_job(struct bench *b, unsigned i)
{
	struct bench_job *job = &b->jobs[i];
	struct bench_load *load = &b->load;

	job->load = load;
	job->index = i;
	job->vq = b->blk.vdev.vqs[i];
	job->random_state = 0x9e3779b97f4a7c15u * (i + 1);
	job->n_slots = load->slots / b->n_jobs ? load->slots / b->n_jobs : 1;
	job->first_slot = job->n_slots * i % load->slots;
	job->requests = blk_requests_new(&b->blk, load->depth, load->bytes);
	if (!job->requests)
		return EXIT_FAILED;
	/* Not zeroes: some devices treat those in a special way. */
	if (load->operation == BLK_WRITE)
		memset(job->requests[0].data, 0x5a, (size_t)load->depth * load->bytes);
	return EXIT_DONE;
}

static int prepare_jobs(struct bench *b)
{
	int status = EXIT_DONE;

	b->n_jobs = (unsigned)b->settings->numjobs;
	b->jobs = calloc(b->n_jobs, sizeof(*b->jobs));
	if (!b->jobs) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	for (unsigned i = 0; i < b->n_jobs && status == EXIT_DONE; i++)
		status = prepare_job(b, i);
	return status;
}

/* Each job has a thread; this one watches. */
static int run_jobs(struct bench *b)
{
	unsigned started;
	int status = EXIT_DONE, err = 0;

	for (started = 0; started < b->n_jobs; started++) {
		struct bench_job *job = &b->jobs[started];

		err = pthread_create(&job->thread, NULL, bench_job_run, job);
		if (err)
			break;
	}
	if (err) {
		complain("cannot start thread %u of %u: %s", started + 1, b->n_jobs, strerror(err));
		status = EXIT_FAILED;
		atomic_store(&b->load.stop, true);
	} else {
		atomic_store(&b->load.go, true);
	}
	bench_live_wait(b->jobs, started, !err && !b->settings->no_progress);
	for (unsigned i = 0; i < b->n_jobs; i++)
		if (b->jobs[i].status > status)
			status = b->jobs[i].status;
	if (status == EXIT_DONE && blk_needs_reset(&b->blk))
		status = EXIT_FAILED;
	return status;
}

static void report_latency(struct report_node *root, const struct histogram *h)
{
	static const struct {
		const char *name;
		unsigned permille;
	} points[] = {
		{ "p50_ns", 500 }, { "p90_ns", 900 }, { "p99_ns", 990 }, { "p99.9_ns", 999 },
	};
	struct report_node *latency = report_object(root, "latency");

	report_unit(latency, "min_ns", h->min, UNIT_NS);
	report_unit(latency, "mean_ns", h->count ? h->sum / h->count : 0, UNIT_NS);
	for (unsigned i = 0; i < sizeof(points) / sizeof(*points); i++)
		report_unit(latency, points[i].name, histogram_permille(h, points[i].permille),
			    UNIT_NS);
	report_unit(latency, "max_ns", h->max, UNIT_NS);
}

/* Each job by its own clock, since they do not end at the same moment. */
static double total_iops(const struct bench *b)
{
	double iops = 0;

	for (unsigned i = 0; i < b->n_jobs; i++)
		if (b->jobs[i].elapsed_ns)
			iops += (double)b->jobs[i].latency.count /
				((double)b->jobs[i].elapsed_ns / 1e9);
	return iops;
}

static int print_report(const struct invocation *call, const struct bench *b)
{
	const struct bench_settings *s = b->settings;
	struct histogram *all = calloc(1, sizeof(*all));
	struct report *report = report_new();
	struct report_node *root = report_root(report);
	uint64_t longest = 0;

	for (unsigned i = 0; i < b->n_jobs && all; i++) {
		histogram_merge(all, &b->jobs[i].latency);
		if (b->jobs[i].elapsed_ns > longest)
			longest = b->jobs[i].elapsed_ns;
	}
	report_string(root, "address", b->address);
	report_string(root, "rw", loads[s->rw]);
	report_unit(root, "request_bytes", s->bs, UNIT_BYTES);
	report_uint(root, "iodepth", b->load.depth);
	report_uint(root, "numjobs", b->n_jobs);
	report_unit(root, "duration_ns", longest, UNIT_NS);
	report_uint(root, "requests", all ? all->count : 0);
	report_uint(root, "iops", (uint64_t)total_iops(b));
	report_unit(root, "rate_bytes_per_second", (uint64_t)(total_iops(b) * (double)s->bs),
		    UNIT_RATE);
	if (all)
		report_latency(root, all);
	free(all);
	return report_print(report, call->json, EXIT_DONE);
}

/* The job that has waited longest for the device has used up its timeout. */
static void note_silence(struct bench *b)
{
	uint64_t first = now_ns();

	for (unsigned i = 0; b->jobs && i < b->n_jobs; i++)
		if (b->jobs[i].status != EXIT_DONE && b->jobs[i].last_ns &&
		    b->jobs[i].last_ns < first)
			first = b->jobs[i].last_ns;
	blk_heard(&b->blk, first);
}

static void close_all(struct bench *b)
{
	note_silence(b);
	blk_close(&b->blk);
	for (unsigned i = 0; b->jobs && i < b->n_jobs; i++)
		blk_requests_free(b->jobs[i].requests);
	free(b->jobs);
}

static int run_bench(const struct invocation *call)
{
	struct bench b = { .settings = call->settings, .address = call->args[0] };
	int status = check_settings(b.settings);

	if (status != EXIT_DONE)
		return status;
	status = blk_open(&b.blk, b.address, b.settings->timeout_ms);
	interrupt_defer(true);
	if (status == EXIT_DONE)
		status = check_device(&b);
	if (status == EXIT_DONE)
		status = blk_start(&b.blk, (unsigned)b.settings->numjobs);
	/* The transport may have started fewer. */
	if (status == EXIT_DONE)
		status = check_device(&b);
	if (status == EXIT_DONE) {
		set_load(&b);
		status = prepare_jobs(&b);
	}
	if (status == EXIT_DONE)
		status = run_jobs(&b);
	if (status == EXIT_DONE)
		status = print_report(call, &b);
	close_all(&b);
	interrupt_defer(false);
	return status;
}

static const struct bench_settings bench_defaults = {
	.rw = LOAD_RANDREAD,
	.bs = 4096,
	.iodepth = 32,
	.numjobs = 1,
	.runtime_ms = 2000,
	.timeout_ms = 5000,
};

#define FIELD(name) offsetof(struct bench_settings, name)

static const struct option_spec bench_options[] = {
	{ "rw", "LOAD", "read, write, randread or randwrite (randread)", option_choice,
	  FIELD(rw), 0, 0, loads },
	{ "bs", "SIZE", "bytes in one request (4K)", option_size, FIELD(bs), SECTOR_SIZE,
	  64 << 20, NULL },
	{ "iodepth", "N", "requests in flight per job (32)", option_count, FIELD(iodepth), 1,
	  32768, NULL },
	{ "numjobs", "N", "threads, each with a queue of its own (1)", option_count,
	  FIELD(numjobs), 1, VIRTIO_MAX_VIRTQUEUES, NULL },
	{ "runtime", "S", "seconds (2)", option_seconds, FIELD(runtime_ms), 1, 86400000, NULL },
	{ "timeout", "S", "the most that a silent device may take, in seconds (5)",
	  option_seconds, FIELD(timeout_ms), 10, 3600000, NULL },
	{ "no-progress", NULL, "no line that tells how far it is", option_switch,
	  FIELD(no_progress), 0, 0, NULL },
	{ "yes", NULL, "overwrite what is on the device", option_switch, FIELD(yes), 0, 0, NULL },
	{ 0 }
};

const struct command command_bench = {
	.name = "bench",
	.arguments = "ADDRESS",
	.summary = "how fast a block device is when it is polled",
	.details = "Each job keeps a processor busy. Writing destroys what is on the device.",
	.options = bench_options,
	.defaults = &bench_defaults,
	.settings_size = sizeof(struct bench_settings),
	.min_args = 1,
	.max_args = 1,
	.run = run_bench,
};
