/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared by the parts of the split ring and by nobody else: ring-split.c and
 * ring-split-submit.c supply buffers, ring-split-used.c takes them back.
 */
#ifndef RING_SPLIT_H
#define RING_SPLIT_H

#include <endian.h>

#include "ring.h"
#include "trace.h"

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define AVAIL_NO_INTERRUPT	1u	/* avail->flags: do not notify the driver */
#define USED_NO_NOTIFY		1u	/* used->flags: do not notify the device */

/* used_event is moved on when it is this far behind: long before the
 * device's index, at most 65535 away, can reach it (SPLIT-USEDEV-4). */
#define PARK_EVERY		8192

#define relaxed_load(p)		atomic_load_explicit(p, memory_order_relaxed)
#define relaxed_store(p, v)	atomic_store_explicit(p, v, memory_order_relaxed)

/* ring-split-build.c: memory came or went: what was found under the old map is
 * not to be used, neither in the open request nor in those that ended. False
 * if nothing may be sent now, or ever. */
bool split_map_changed(struct ring *r, uint32_t generation);

static inline bool check_map(struct ring *r)
{
	uint32_t now = relaxed_load(&r->map->generation);

	return likely(now == r->map_generation) || split_map_changed(r, now);
}

/* Makes every ended request visible to the device. False if that has to wait
 * until a thread that unregisters memory is done, and r->deferred says so. */
static inline __attribute__((always_inline)) bool expose(struct ring *r)
{
	uint16_t idx;

	/* Signal fence: what ended is written before the map is looked at. Whoever
	 * takes memory out of the map makes this a barrier of the CPU (membarrier)
	 * before it looks for requests: it finds this one, or this look finds
	 * that its memory is gone. */
	atomic_signal_fence(memory_order_seq_cst);
	if (unlikely(!check_map(r)))
		return false;
	/* SPLIT-IDX-1. Release: descriptors and available ring entries are
	 * written before the index that exposes them. */
	idx = r->avail_idx;
	trace_publish(r, r->published, idx);
	atomic_store_explicit(&r->area.avail->idx, htole16(idx), memory_order_release);
	r->published = idx;
	return true;
}

static inline _Atomic uint16_t *avail_event(struct ring *r)
{
	return (_Atomic uint16_t *)&r->area.used->ring[r->size];
}

static inline _Atomic uint16_t *used_event(struct ring *r)
{
	return &r->area.avail->ring[r->size];
}

static inline void put_desc(struct split_desc *d, uint64_t addr, uint32_t len, uint32_t flags,
			    uint32_t next)
{
	relaxed_store(&d->addr, htole64(addr));
	relaxed_store(&d->len, htole32(len));
	relaxed_store(&d->flags, htole16(flags));
	relaxed_store(&d->next, htole16(next));
}

/* Addresses beyond the window's sign are kernel ones. */
static inline bool in_window(const struct ring_window *w, int64_t addr, uint64_t len)
{
	return addr >= w->start && (int64_t)(addr + len) <= w->end;
}

/* Where the device sees a segment that is not empty (len - 1 wraps) and small,
 * and in the window at hand or, if `wide`, in one that was found before: true.
 * Where the sum of address and length wraps, the length is not small. */
static inline __attribute__((always_inline)) bool
translate(const struct ring *r, uint64_t addr, uint64_t len, bool wide, uint64_t *bus)
{
	const struct ring_window *w;

	if (unlikely(len - 1 >= r->small))
		return false;
	if (likely(in_window(&r->window, addr, len))) {
		*bus = addr + r->window.delta;
		return true;
	}
	if (!wide)
		return false;
	w = ring_window_at(r, addr);
	*bus = addr + w->delta;
	return in_window(w, addr, len);
}

/* Two segments and more go into a table, if it holds them. */
static inline bool fits_table(const struct ring *r, uint64_t n)
{
	return n - 2 < r->area.table_fits;
}

/* The table that belongs to a descriptor, as an offset. */
static inline uint64_t table_offset(const struct ring *r, uint32_t head)
{
	return (uint64_t)head * r->area.table_bytes;
}

/* SPLIT-IND-4, -6: INDIRECT alone, the table's length in bytes. */
static inline void put_table_desc(struct ring *r, uint32_t head, uint64_t offset, uint32_t n)
{
	put_desc(&r->area.desc[head], r->area.tables_bus + offset, n * sizeof(struct split_desc),
		 DESC_INDIRECT, 0);
}

/* Puts the head into the available ring, and what is private beside it. */
static inline __attribute__((always_inline)) void
enter(struct ring *r, uint16_t head, uint16_t tail, uint16_t ndescs, void *cookie,
      uint64_t writable)
{
	struct ring_slot *slot = &r->slots[head];

	slot->cookie = cookie;
	slot->writable = writable;
	slot->tail = tail;
	relaxed_store(&slot->ndescs, ndescs);
	r->free_count -= ndescs;
	relaxed_store(&r->area.avail->ring[r->avail_idx & r->mask], htole16(head));
	r->avail_idx++;
	trace_submit(r, cookie, writable, ndescs);
}

/* One descriptor more, where q->idx says; there is room. */
static inline void put_segment(struct ring_request *q, uint64_t bus, uint32_t len, unsigned flags)
{
	uint32_t idx = q->idx, next = relaxed_load(&q->links[idx]);

	/* With NEXT for now; commit takes it off the last one. */
	put_desc(&q->table[idx], bus, len, flags | DESC_NEXT, next);
	q->tail = idx;
	q->idx = next;
	q->count++;
	q->state = flags;
}

/* Where the request goes: the table that belongs to its head, or the ring. */
static inline void place(struct ring *r, struct ring_request *q, bool in_table)
{
	q->head = r->free_head;
	q->before = RING_END;
	q->indirect = in_table;
	q->count = 0;
	if (in_table) {
		q->table = (void *)((char *)r->area.tables + table_offset(r, q->head));
		q->links = r->table_links;
		q->idx = 0;
	} else {
		q->table = r->area.desc;
		q->links = r->next;
		q->idx = q->head;
	}
}

/* ring-split-build.c: n segments of any kind, every figure checked. 0, or
 * -errno with a sentence of `call`. */
int split_put_all(struct ring *r, const struct iovec *v, unsigned n, unsigned flags,
		  const char *call);
/* Would the segments go through, and in how many pieces? For a submit that
 * must change nothing if not. */
int split_rehearse(struct ring *r, const struct iovec *v, unsigned n_readable,
		   unsigned n_writable, uint64_t *pieces);
/* ring-split-submit.c: whole requests in one call. `wide` where segments often
 * lie in other windows than the one at hand; what it takes for that would cost
 * the others a few instructions. */
int split_submit_direct(struct ring *r, void *cookie, const struct iovec *v, unsigned n_readable,
			unsigned n_writable);
int split_submit_indirect(struct ring *r, void *cookie, const struct iovec *v,
			  unsigned n_readable, unsigned n_writable);
int split_submit_direct_wide(struct ring *r, void *cookie, const struct iovec *v,
			     unsigned n_readable, unsigned n_writable);
int split_submit_indirect_wide(struct ring *r, void *cookie, const struct iovec *v,
			       unsigned n_readable, unsigned n_writable);
/* ring-split.c: the submit that looks at everything, from the beginning. */
int split_submit_carefully(struct ring *r, void *cookie, const struct iovec *v,
			   unsigned n_readable, unsigned n_writable);

/* ring-split-used.c, for the tables of ring-split.c. */
uint16_t split_poll_flags(struct ring *r, void **cookies, uint32_t *lens, uint16_t max);
uint16_t split_poll_event(struct ring *r, void **cookies, uint32_t *lens, uint16_t max);
bool split_arm_flags(struct ring *r);
bool split_arm_event(struct ring *r);
void split_disarm_flags(struct ring *r);
void split_disarm_event(struct ring *r);
void split_harvest(struct ring *r);
bool split_scan(struct ring *r, bool (*cb)(uint64_t bus, uint64_t len, void *ctx), void *ctx);
/* The same for one request, if there is one with that head. */
bool split_scan_request(struct ring *r, uint32_t head,
			bool (*cb)(uint64_t bus, uint64_t len, void *ctx), void *ctx);

#endif /* RING_SPLIT_H */
