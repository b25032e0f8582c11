/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ring's memory of look-ups: the windows of the map that its segments lay
 * in, so that even requests all over hundreds of regions, or of pages, find
 * theirs with one load. For the layouts of rings, on the queue's thread.
 *
 * It is a cache: what is not in it costs a search in the map, nothing else.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "ring.h"

#define BYTES		(RING_WINDOWS * sizeof(struct ring_window))
#define WINDOW_SHIFT	5u		/* of a window's size, less than of any granule */
#define PAGE_WINDOWS	128u	/* 4 KiB; one bit of windows_used */

_Static_assert(sizeof(struct ring_window) == 1u << WINDOW_SHIFT, "see ring_window_at");
_Static_assert(RING_WINDOWS / PAGE_WINDOWS == 32, "windows_used has a bit for each page");

int ring_windows_init(struct ring *r)
{
	/* Of address space; memory is taken by what is used of it. */
	void *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	r->windows = p;
	return 0;
}

void ring_windows_release(struct ring *r)
{
	if (r->windows)
		munmap(r->windows, BYTES);
}

void ring_drop_windows(struct ring *r)
{
	uint32_t shift = mem_map_granule_shift(r->map);

	r->window.end = 0;
	for (; r->windows_used; r->windows_used &= r->windows_used - 1)
		memset(r->windows + __builtin_ctz(r->windows_used) * PAGE_WINDOWS, 0,
		       PAGE_WINDOWS * sizeof(struct ring_window));
	/* 0 of a map that never held anything. */
	if (shift)
		r->window_shift = shift - WINDOW_SHIFT;
}

static inline bool holds(const struct ring_window *w, int64_t addr)
{
	return addr >= w->start && addr < w->end;
}

bool ring_find_window(struct ring *r, int64_t addr)
{
	struct ring_window *at = ring_window_at(r, addr);
	struct mem_window w;

	if (holds(&r->window, addr))
		return true;
	if (!holds(at, addr)) {
		if (addr < 0 || !mem_map_find(r->map, addr, &w))
			return false;
		*at = (struct ring_window){ w.start, w.start + w.len, w.delta, 0 };
		r->windows_used |= 1u << (at - r->windows) / PAGE_WINDOWS;
	}
	r->window = *at;
	return true;
}
