/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The live line of bench. Reads one counter of each job, which only that job
 * writes; joins the threads and touches nothing else of theirs.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "bench-live.h"
#include "progress.h"

#define NS_PER_S 1000000000ull
#define REDRAW_NS (NS_PER_S / 4)
#define LINE_SIZE 160

static uint64_t count_done(struct bench_job *jobs, unsigned n)
{
	uint64_t done = 0;

	for (unsigned i = 0; i < n; i++)
		done += atomic_load_explicit(&jobs[i].done, memory_order_relaxed);
	return done;
}

static void draw(struct bench_job *jobs, unsigned n, uint64_t elapsed_ns)
{
	const struct bench_load *load = jobs[0].load;
	double seconds = (double)elapsed_ns / NS_PER_S;
	double iops = (double)count_done(jobs, n) / seconds;
	uint64_t left_ns = elapsed_ns < load->runtime_ns ? load->runtime_ns - elapsed_ns : 0;
	char line[LINE_SIZE], left[24];

	progress_time(left, sizeof(left), (left_ns + NS_PER_S - 1) / NS_PER_S);
	snprintf(line, sizeof(line), "%.0f requests/s, %.1f MiB/s, %s left", iops,
		 iops * load->bytes / (1024 * 1024), left);
	progress_put(line);
}

/* Up to a moment of the wall clock, which pthread_timedjoin_np() takes. */
static bool join_for(pthread_t thread, uint64_t ns)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	ns += (uint64_t)until.tv_nsec;
	until.tv_sec += (time_t)(ns / NS_PER_S);
	until.tv_nsec = (long)(ns % NS_PER_S);
	return !pthread_timedjoin_np(thread, NULL, &until);
}

void bench_live_wait(struct bench_job *jobs, unsigned n, bool wanted)
{
	struct progress progress;
	uint64_t start = now_ns();

	progress_begin(&progress, "", 1, wanted, start);
	for (unsigned i = 0; i < n; i++) {
		if (!progress.shown) {
			pthread_join(jobs[i].thread, NULL);
			continue;
		}
		while (!join_for(jobs[i].thread, REDRAW_NS))
			draw(jobs, n, now_ns() - start);
	}
	progress_clear();
}
