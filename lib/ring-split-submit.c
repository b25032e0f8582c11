/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The everyday submit of the split ring: no request is open, there is room,
 * and every segment lies in the window at hand or in one of the earlier ones.
 *
 * Up to its last lines it writes nothing but free descriptors, so whenever
 * something is not simple it gives up and split_submit_carefully begins anew.
 */
#include "config.h"

#include "ring-split.h"

/* Nothing open, no new map. */
static inline bool is_everyday(const struct ring *r)
{
	return r->request.state == REQUEST_NONE &&
	       relaxed_load(&r->map->generation) == r->map_generation;
}

/* Where a chain in the descriptor table has got to. */
struct chain {
	uint32_t idx, tail;
};

/* Puts the segments from v to end; false at one that is not simple. */
static inline __attribute__((always_inline)) bool
chain_run(struct ring *r, struct chain *c, const struct iovec *v, const struct iovec *end,
	  unsigned flags, bool wide, uint64_t *bytes)
{
	for (; v != end; v++) {
		uint64_t len = v->iov_len, bus;
		uint32_t idx = c->idx, next = relaxed_load(&r->next[idx]);

		if (unlikely(!translate(r, (uintptr_t)v->iov_base, len, wide, &bus)))
			return false;
		put_desc(&r->area.desc[idx], bus, len, flags | DESC_NEXT, next);
		*bytes += len;
		c->tail = idx;
		c->idx = next;
	}
	return true;
}

static inline __attribute__((always_inline)) bool
chain_request(struct ring *r, void *cookie, const struct iovec *v, unsigned n_readable,
	      unsigned n_writable, bool wide)
{
	uint64_t n = (uint64_t)n_readable + n_writable, readable = 0, writable = 0;
	const struct iovec *middle = v + n_readable;
	struct chain c = { r->free_head, r->free_head };

	/* Not empty (n - 1 wraps), and room for all of it. */
	if (unlikely(n - 1 >= r->free_count || !is_everyday(r) ||
		     !chain_run(r, &c, v, middle, 0, wide, &readable) ||
		     !chain_run(r, &c, middle, middle + n_writable, DESC_WRITE, wide, &writable)))
		return false;
	/* The chain ends here: the last descriptor's flags again, without NEXT. */
	relaxed_store(&r->area.desc[c.tail].flags, htole16(n_writable ? DESC_WRITE : 0));
	enter(r, r->free_head, c.tail, n, cookie, writable);
	r->free_head = c.idx;
	return true;
}

int split_submit_direct(struct ring *r, void *cookie, const struct iovec *v, unsigned n_readable,
			unsigned n_writable)
{
	if (likely(chain_request(r, cookie, v, n_readable, n_writable, false)))
		return 0;
	return split_submit_direct_wide(r, cookie, v, n_readable, n_writable);
}

int split_submit_direct_wide(struct ring *r, void *cookie, const struct iovec *v,
			     unsigned n_readable, unsigned n_writable)
{
	if (likely(chain_request(r, cookie, v, n_readable, n_writable, true)))
		return 0;
	return split_submit_carefully(r, cookie, v, n_readable, n_writable);
}

/* As chain_run, into an indirect table from d on, whose entries count up. */
static inline __attribute__((always_inline)) bool
table_run(const struct ring *r, struct split_desc **d, uint32_t *count, const struct iovec *v,
	  const struct iovec *end, unsigned flags, bool wide, uint64_t *bytes)
{
	for (; v != end; v++) {
		uint64_t len = v->iov_len, bus;

		if (unlikely(!translate(r, (uintptr_t)v->iov_base, len, wide, &bus)))
			return false;
		put_desc((*d)++, bus, len, flags | DESC_NEXT, ++*count);
		*bytes += len;
	}
	return true;
}

static inline __attribute__((always_inline)) bool
table_request(struct ring *r, void *cookie, const struct iovec *v, unsigned n_readable,
	      unsigned n_writable, bool wide)
{
	const struct iovec *middle = v + n_readable;
	uint64_t readable = 0, writable = 0;
	uint32_t head = r->free_head, count = 0;
	uint64_t offset = table_offset(r, head);
	struct split_desc *d = (void *)((char *)r->area.tables + offset);

	if (unlikely(!r->free_count || !is_everyday(r) ||
		     !table_run(r, &d, &count, v, middle, 0, wide, &readable) ||
		     !table_run(r, &d, &count, middle, middle + n_writable, DESC_WRITE, wide,
				&writable)))
		return false;
	/* SPLIT-IND-5: the table ends here. */
	relaxed_store(&d[-1].flags, htole16(n_writable ? DESC_WRITE : 0));
	put_table_desc(r, head, offset, count);
	enter(r, head, head, 1, cookie, writable);
	r->free_head = relaxed_load(&r->next[head]);
	return true;
}

int split_submit_indirect(struct ring *r, void *cookie, const struct iovec *v,
			  unsigned n_readable, unsigned n_writable)
{
	if (unlikely(!fits_table(r, (uint64_t)n_readable + n_writable)))
		return split_submit_direct(r, cookie, v, n_readable, n_writable);
	if (likely(table_request(r, cookie, v, n_readable, n_writable, false)))
		return 0;
	return split_submit_indirect_wide(r, cookie, v, n_readable, n_writable);
}

int split_submit_indirect_wide(struct ring *r, void *cookie, const struct iovec *v,
			       unsigned n_readable, unsigned n_writable)
{
	if (unlikely(!fits_table(r, (uint64_t)n_readable + n_writable)))
		return split_submit_direct_wide(r, cookie, v, n_readable, n_writable);
	if (likely(table_request(r, cookie, v, n_readable, n_writable, true)))
		return 0;
	return split_submit_carefully(r, cookie, v, n_readable, n_writable);
}
