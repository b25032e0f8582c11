/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counts durations so that percentiles can be told afterwards: 32 steps in
 * each power of 2, so a percentile is wrong by 3 per cent at most; least, most
 * and mean are exact. Pure.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 32
#define HISTOGRAM_SIZE (60 * HISTOGRAM_STEPS)

struct histogram {
	uint64_t count;
	uint64_t sum;
	uint64_t min;
	uint64_t max;
	uint64_t buckets[HISTOGRAM_SIZE];
};

/* A zeroed histogram is an empty one. */
void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The value that this many per thousand do not exceed; 0 if there is none. */
uint64_t histogram_permille(const struct histogram *histogram, unsigned permille);

#endif /* HISTOGRAM_H */
