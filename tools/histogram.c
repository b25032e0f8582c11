/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Durations in buckets that grow with the value. Used by bench, one histogram
 * per thread, merged at the end.
 */
#include "config.h"

#include "histogram.h"

#define STEP_BITS 5

_Static_assert(HISTOGRAM_STEPS == 1 << STEP_BITS, "steps are counted in bits");

/* Up to 31 exactly; above, the five bits below the highest one tell the step. */
static unsigned bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < HISTOGRAM_STEPS)
		return (unsigned)value;
	shift = 63 - (unsigned)__builtin_clzll(value) - STEP_BITS;
	return (shift + 1) * HISTOGRAM_STEPS + (unsigned)((value >> shift) - HISTOGRAM_STEPS);
}

/* The largest value of a bucket. */
static uint64_t bucket_end(unsigned bucket)
{
	unsigned shift;

	if (bucket < HISTOGRAM_STEPS)
		return bucket;
	shift = bucket / HISTOGRAM_STEPS - 1;
	return ((uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	if (!histogram->count || value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->count++;
	histogram->sum += value;
	histogram->buckets[bucket_of(value)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	if (!from->count)
		return;
	if (!into->count || from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	into->count += from->count;
	into->sum += from->sum;
	for (unsigned i = 0; i < HISTOGRAM_SIZE; i++)
		into->buckets[i] += from->buckets[i];
}

uint64_t histogram_permille(const struct histogram *histogram, unsigned permille)
{
	uint64_t seen = 0;
	uint64_t wanted = (uint64_t)((double)histogram->count * permille / 1000 + 0.999999);

	if (!histogram->count)
		return 0;
	for (unsigned i = 0; i < HISTOGRAM_SIZE; i++) {
		seen += histogram->buckets[i];
		if (seen >= wanted && seen)
			return bucket_end(i) < histogram->max ? bucket_end(i) : histogram->max;
	}
	return histogram->max;
}
