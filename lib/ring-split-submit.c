/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The everyday submit of the split ring: no request is open, there is room,
 * and every segment lies in the window at hand.
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
static inline __attribute__((always_inline)) bool chain_run(struct ring *r, struct chain *c,
							    const struct iovec *v,
							    const struct iovec *end,
							    unsigned flags, uint64_t *bytes)
{
	for (; v != end; v++) {
		uint64_t addr = (uintptr_t)v->iov_base, len = v->iov_len;
		uint32_t idx = c->idx, next = relaxed_load(&r->next[idx]);

		if (unlikely(!is_simple(r, addr, len)))
			return false;
		put_desc(&r->area.desc[idx], addr + r->window.delta, len, flags | DESC_NEXT, next);
		*bytes += len;
		c->tail = idx;
		c->idx = next;
	}
	return true;
}

int split_submit_direct(struct ring *r, void *cookie, const struct iovec *v, unsigned n_readable,
			unsigned n_writable)
{
	uint64_t n = (uint64_t)n_readable + n_writable, readable = 0, writable = 0;
	const struct iovec *middle = v + n_readable;
	struct chain c = { r->free_head, r->free_head };

	/* Not empty (n - 1 wraps), and room for all of it. */
	if (unlikely(n - 1 >= r->free_count || !is_everyday(r) ||
		     !chain_run(r, &c, v, middle, 0, &readable) ||
		     !chain_run(r, &c, middle, middle + n_writable, DESC_WRITE, &writable)))
		return split_submit_carefully(r, cookie, v, n_readable, n_writable);
	/* The chain ends here: the last descriptor's flags again, without NEXT. */
	relaxed_store(&r->area.desc[c.tail].flags, htole16(n_writable ? DESC_WRITE : 0));
	enter(r, r->free_head, c.tail, n, cookie, writable);
	r->free_head = c.idx;
	return 0;
}

/* As chain_run, into an indirect table from d on, whose entries count up. */
static inline __attribute__((always_inline)) bool
table_run(const struct ring *r, struct split_desc **d, uint32_t *count, const struct iovec *v,
	  const struct iovec *end, unsigned flags, uint64_t *bytes)
{
	for (; v != end; v++) {
		uint64_t addr = (uintptr_t)v->iov_base, len = v->iov_len;

		if (unlikely(!is_simple(r, addr, len)))
			return false;
		put_desc((*d)++, addr + r->window.delta, len, flags | DESC_NEXT, ++*count);
		*bytes += len;
	}
	return true;
}

int split_submit_indirect(struct ring *r, void *cookie, const struct iovec *v,
			  unsigned n_readable, unsigned n_writable)
{
	uint64_t n = (uint64_t)n_readable + n_writable, readable = 0, writable = 0;
	const struct iovec *middle = v + n_readable;
	uint32_t head = r->free_head, count = 0;
	uint64_t offset = table_offset(r, head);
	struct split_desc *d = (void *)((char *)r->area.tables + offset);

	if (unlikely(!fits_table(r, n)))
		return split_submit_direct(r, cookie, v, n_readable, n_writable);
	if (unlikely(!r->free_count || !is_everyday(r) ||
		     !table_run(r, &d, &count, v, middle, 0, &readable) ||
		     !table_run(r, &d, &count, middle, middle + n_writable, DESC_WRITE, &writable)))
		return split_submit_carefully(r, cookie, v, n_readable, n_writable);
	/* SPLIT-IND-5: the table ends here. */
	relaxed_store(&d[-1].flags, htole16(n_writable ? DESC_WRITE : 0));
	put_table_desc(r, head, offset, count);
	enter(r, head, head, 1, cookie, writable);
	r->free_head = relaxed_load(&r->next[head]);
	return 0;
}
