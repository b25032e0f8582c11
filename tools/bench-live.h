/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What bench shows while it runs: requests and bytes per second so far, and
 * the time left. A line on a terminal, nothing anywhere else.
 *
 * It runs on the thread that started the jobs, which only waits: what is
 * measured does not draw.
 */
#ifndef BENCH_LIVE_H
#define BENCH_LIVE_H

#include <stdbool.h>

#include "bench-job.h"

/* Waits for the threads of n jobs; shows how far they are if wanted. */
void bench_live_wait(struct bench_job *jobs, unsigned n, bool wanted);

#endif /* BENCH_LIVE_H */
