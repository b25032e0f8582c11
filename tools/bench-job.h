/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One thread of bench: keeps one queue of a started block device full for as
 * long as it is told, and counts what comes back.
 */
#ifndef BENCH_JOB_H
#define BENCH_JOB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "blk.h"
#include "histogram.h"

/* What all jobs share. */
struct bench_load {
	struct blk *blk;
	enum blk_operation operation;
	bool random;
	uint32_t bytes;		/* in one request */
	unsigned depth;		/* requests in flight per job */
	uint64_t slots;		/* places of that size on the device */
	uint64_t runtime_ns;
	atomic_bool go;		/* jobs begin together */
	atomic_bool stop;	/* a job has failed */
};

struct bench_job {
	struct bench_load *load;
	struct virtqueue *vq;
	unsigned index;
	uint64_t first_slot;	/* where a sequential job begins */
	uint64_t n_slots;	/* and how many are its own */
	uint64_t random_state;	/* not 0 */
	uint64_t position;
	pthread_t thread;
	struct blk_request *requests;
	struct histogram latency;	/* nanoseconds */
	atomic_ulong done;	/* requests, for whoever watches */
	uint64_t elapsed_ns;
	uint64_t last_ns;	/* when something came back */
	unsigned empty;		/* polls since then */
	int status;		/* an exit status */
};

/* The thread's function; ctx is the job. */
void *bench_job_run(void *ctx);

#endif /* BENCH_JOB_H */
