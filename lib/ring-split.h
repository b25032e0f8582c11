/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared by the parts of the split ring and by nobody else: ring-split.c and
 * ring-split-submit.c supply buffers, ring-split-used.c takes them back.
 */
#ifndef RING_SPLIT_H
#define RING_SPLIT_H

#include <endian.h>

#include "ring.h"

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define AVAIL_NO_INTERRUPT	1u	/* avail->flags: do not notify the driver */
#define USED_NO_NOTIFY		1u	/* used->flags: do not notify the device */

/* used_event is moved on when it is this far behind: long before the
 * device's index, at most 65535 away, can reach it (SPLIT-USEDEV-4). */
#define PARK_EVERY		8192

#define relaxed_load(p)		atomic_load_explicit(p, memory_order_relaxed)
#define relaxed_store(p, v)	atomic_store_explicit(p, v, memory_order_relaxed)

static inline void store_avail_idx(struct ring *r)
{
	/* SPLIT-IDX-1. Release: descriptors and available ring entries are
	 * written before the index that exposes them. */
	atomic_store_explicit(&r->area.avail->idx, htole16(r->avail_idx), memory_order_release);
	r->published = r->avail_idx;
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

/* Is the segment in the window at hand, not empty (len - 1 wraps), and small?
 * Addresses beyond the window's sign are kernel ones; where the sum wraps, the
 * length is not small. */
static inline bool is_simple(const struct ring *r, int64_t addr, uint64_t len)
{
	return addr >= r->window.start && (int64_t)(addr + len) <= r->window.end &&
	       len - 1 < r->small;
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
static inline void enter(struct ring *r, uint16_t head, uint16_t tail, uint16_t ndescs,
			 void *cookie, uint64_t writable)
{
	struct ring_slot *slot = &r->slots[head];

	slot->cookie = cookie;
	slot->writable = writable;
	slot->tail = tail;
	relaxed_store(&slot->ndescs, ndescs);
	r->free_count -= ndescs;
	relaxed_store(&r->area.avail->ring[r->avail_idx & r->mask], htole16(head));
	r->avail_idx++;
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
/* Memory came or went: what was found under the old map is not to be used. */
void split_map_changed(struct ring *r, uint32_t generation);

static inline void check_map(struct ring *r)
{
	uint32_t now = relaxed_load(&r->map->generation);

	if (unlikely(now != r->map_generation))
		split_map_changed(r, now);
}

/* ring-split-submit.c: whole requests in one call. */
int split_submit_direct(struct ring *r, void *cookie, const struct iovec *v, unsigned n_readable,
			unsigned n_writable);
int split_submit_indirect(struct ring *r, void *cookie, const struct iovec *v,
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

#endif /* RING_SPLIT_H */
