/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Free ranges in an ordered array, first fit. Called by space.c only, rarely
 * and under its lock. Room for whatever may come back is reserved when it is
 * handed out: taking back never fails for want of memory.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "iova.h"

#define FIRST_USABLE	0x1000u

static int by_first(const void *a, const void *b)
{
	const struct vpci_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Does b begin inside a or right behind it, given that it begins no earlier? */
static bool touches(const struct vpci_range *a, const struct vpci_range *b)
{
	return a->last == UINT64_MAX || b->first <= a->last + 1;
}

static unsigned join(struct vpci_range *ranges, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		if (kept && touches(&ranges[kept - 1], &ranges[i])) {
			if (ranges[i].last > ranges[kept - 1].last)
				ranges[kept - 1].last = ranges[i].last;
			continue;
		}
		ranges[kept++] = ranges[i];
	}
	return kept;
}

int vpci_iova_init(struct vpci_iova *iova, const struct vpci_range *usable, unsigned n)
{
	unsigned count = 0;

	*iova = (struct vpci_iova){ .base = n, .room = n };
	iova->free = calloc(n ? n : 1, sizeof(*iova->free));
	if (!iova->free)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		struct vpci_range r = usable[i];

		if (r.first < FIRST_USABLE)
			r.first = FIRST_USABLE;
		if (r.first <= r.last)
			iova->free[count++] = r;
	}
	qsort(iova->free, count, sizeof(*iova->free), by_first);
	iova->count = join(iova->free, count);
	if (iova->count) {
		iova->highest = iova->free[iova->count - 1].last;
		return 0;
	}
	vpci_iova_destroy(iova);
	return -ENOSPC;
}

void vpci_iova_destroy(struct vpci_iova *iova)
{
	free(iova->free);
	*iova = (struct vpci_iova){ 0 };
}

/* Each piece that is out may come back where it touches no free range. */
static int reserve(struct vpci_iova *iova)
{
	struct vpci_range *bigger;

	if (iova->room > iova->base + iova->out)
		return 0;
	bigger = reallocarray(iova->free, iova->room + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	iova->free = bigger;
	iova->room++;
	return 0;
}

static void insert(struct vpci_iova *iova, unsigned i, struct vpci_range r)
{
	memmove(&iova->free[i + 1], &iova->free[i], (iova->count - i) * sizeof(r));
	iova->free[i] = r;
	iova->count++;
}

static void erase(struct vpci_iova *iova, unsigned i)
{
	iova->count--;
	memmove(&iova->free[i], &iova->free[i + 1], (iova->count - i) * sizeof(*iova->free));
}

/* The first multiple of align in r with len bytes behind it. */
static bool fits(const struct vpci_range *r, uint64_t len, uint64_t align, uint64_t *at)
{
	const uint64_t up = (align - (r->first & (align - 1))) & (align - 1);

	if (up > r->last - r->first || len - 1 > r->last - r->first - up)
		return false;
	*at = r->first + up;
	return true;
}

/* Cuts first..last out of range i. */
static void cut(struct vpci_iova *iova, unsigned i, uint64_t first, uint64_t last)
{
	struct vpci_range *r = &iova->free[i];
	const struct vpci_range behind = { .first = last + 1, .last = r->last };
	const bool more = last < r->last;

	if (first > r->first) {
		r->last = first - 1;
		if (more)
			insert(iova, i + 1, behind);
	} else if (more) {
		r->first = last + 1;
	} else {
		erase(iova, i);
	}
}

int vpci_iova_alloc(struct vpci_iova *iova, uint64_t len, uint64_t align, uint64_t *at)
{
	uint64_t found;
	int err;

	if (!len || !align || align & (align - 1))
		return -EINVAL;
	for (unsigned i = 0; i < iova->count; i++) {
		if (!fits(&iova->free[i], len, align, &found))
			continue;
		err = reserve(iova);
		if (err)
			return err;
		cut(iova, i, found, found + (len - 1));
		iova->out++;
		*at = found;
		return 0;
	}
	return -ENOSPC;
}

int vpci_iova_free(struct vpci_iova *iova, uint64_t at, uint64_t len)
{
	const struct vpci_range back = { .first = at, .last = at + (len - 1) };
	bool before, behind;
	unsigned i = 0;

	if (!len || back.last < at || !iova->out)
		return -EINVAL;
	while (i < iova->count && iova->free[i].last < at)
		i++;
	if (i < iova->count && iova->free[i].first <= back.last)
		return -EINVAL;
	iova->out--;
	before = i && iova->free[i - 1].last + 1 == at;
	behind = i < iova->count && iova->free[i].first == back.last + 1;
	if (before && behind) {
		iova->free[i - 1].last = iova->free[i].last;
		erase(iova, i);
	} else if (before) {
		iova->free[i - 1].last = back.last;
	} else if (behind) {
		iova->free[i].first = at;
	} else {
		insert(iova, i, back);
	}
	return 0;
}
