/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What rings of every layout share: their private memory, and the cookies of
 * requests that will not complete through the ring any more.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

/* A list that counts: 1, 2, 3, and the end. */
static _Atomic uint32_t *make_links(uint32_t n)
{
	_Atomic uint32_t *links = calloc(n ? n : 1, sizeof(*links));

	for (uint32_t i = 0; links && i < n; i++)
		atomic_init(&links[i], i + 1 < n ? i + 1 : RING_END);
	return links;
}

int ring_init(struct ring *r, const struct ring_ops *ops, uint16_t size,
	      const struct ring_area *area, struct mem_map *map)
{
	memset(r, 0, sizeof(*r));
	r->ops = ops;
	r->size = size;
	r->mask = size - 1;
	r->free_count = size;
	r->small = RING_MAX_REQUEST / size;
	r->request.table = area->desc;
	r->area = *area;
	r->area.table_bytes = area->table_len * sizeof(struct split_desc);
	r->area.table_fits = area->table_len ? area->table_len - 1 : 0;
	r->map = map;
	r->slots = calloc(size, sizeof(*r->slots));
	r->next = make_links(size);
	r->table_links = make_links(area->table_len);
	r->done = calloc(size, sizeof(*r->done));
	r->request.links = r->next;
	r->request.state = REQUEST_NONE;
	if (!r->slots || !r->next || !r->table_links || !r->done)
		return -ENOMEM;
	return ring_windows_init(r);
}

void ring_release(struct ring *r)
{
	free(r->slots);
	free(r->next);
	free(r->table_links);
	free(r->done);
	free(r->failed);
	ring_windows_release(r);
	memset(r, 0, sizeof(*r));
}

void ring_abort(struct ring *r)
{
	/* The descriptors were only looked at, never taken off the free list. */
	r->request.state = REQUEST_NONE;
	r->request.count = 0;
}

int ring_poison(struct ring *r, int error)
{
	r->request.state = REQUEST_POISONED;
	r->request.poison = error;
	r->request.count = 0;
	return error;
}

void ring_end(struct ring *r)
{
	if (r->request.count)
		ring_poison(r, -ESHUTDOWN);
	else if (r->request.state != REQUEST_POISONED)
		ring_abort(r);
}

uint16_t ring_free_descs(const struct ring *r)
{
	const struct ring_request *q = &r->request;

	return r->free_count - (q->indirect && q->count ? 1 : q->count);
}

void ring_set_error(struct ring *r, int error)
{
	int none = 0;

	atomic_compare_exchange_strong_explicit(&r->error, &none, error, memory_order_relaxed,
						memory_order_relaxed);
}

void ring_set_dead(struct ring *r)
{
	r->dead = true;
}

static bool grow_failed(struct ring *r)
{
	uint32_t capacity = r->failed_capacity ? r->failed_capacity * 2 : 16;
	void **bigger;

	if (r->failed_first) {
		memmove(r->failed, r->failed + r->failed_first,
			r->failed_count * sizeof(*r->failed));
		r->failed_first = 0;
	}
	if (r->failed_count < r->failed_capacity)
		return true;
	bigger = realloc(r->failed, capacity * sizeof(*bigger));
	if (!bigger)
		return false;
	r->failed = bigger;
	r->failed_capacity = capacity;
	return true;
}

bool ring_fail_cookie(struct ring *r, void *cookie)
{
	if (r->failed_first + r->failed_count == r->failed_capacity && !grow_failed(r))
		return false;
	r->failed[r->failed_first + r->failed_count++] = cookie;
	return true;
}

bool ring_fail_open(struct ring *r)
{
	if (!ring_fail_cookie(r, r->request.cookie))
		return false;
	ring_abort(r);
	return true;
}

uint16_t ring_take_done(struct ring *r, void **cookies, uint32_t *lens, uint16_t max)
{
	uint16_t n = 0;

	while (n < max && r->done_first < r->done_count) {
		uint16_t head = r->done[r->done_first++];

		if (lens)
			lens[n] = r->slots[head].writable;
		cookies[n++] = r->slots[head].cookie;
	}
	r->last_used += n;
	return n;
}

/* The next request in flight on a dead ring; size if there is none. */
static uint16_t next_lost(struct ring *r)
{
	while (r->fail_cursor < r->size &&
	       !atomic_load_explicit(&r->slots[r->fail_cursor].ndescs, memory_order_relaxed))
		r->fail_cursor++;
	return r->fail_cursor;
}

/* Takes a lost request back: its cookie, and its descriptors freed. */
static void *free_slot(struct ring *r, uint16_t head)
{
	struct ring_slot *slot = &r->slots[head];

	r->free_count += atomic_load_explicit(&slot->ndescs, memory_order_relaxed);
	atomic_store_explicit(&slot->ndescs, 0, memory_order_relaxed);
	atomic_store_explicit(&r->next[slot->tail], r->free_head, memory_order_relaxed);
	r->free_head = head;
	r->last_used++;
	return slot->cookie;
}

uint16_t ring_take_failed(struct ring *r, void **cookies, uint16_t max)
{
	uint16_t n = 0;

	while (n < max && r->failed_count) {
		cookies[n++] = r->failed[r->failed_first++];
		if (!--r->failed_count)
			r->failed_first = 0;
	}
	while (r->dead && n < max && next_lost(r) < r->size)
		cookies[n++] = free_slot(r, r->fail_cursor);
	return n;
}

uint16_t ring_in_flight(const struct ring *r)
{
	uint32_t n = (uint16_t)(r->avail_idx - r->last_used) + r->failed_count;

	return n < UINT16_MAX ? n : UINT16_MAX;
}
