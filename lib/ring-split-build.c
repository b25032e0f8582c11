/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building a request of the split ring when it is not simple: segments of any
 * size, split at the edges of what the device knows, in an indirect table
 * that may be outgrown, under a memory map that may have changed.
 *
 * The fast paths of ring-split.c and ring-split-submit.c come here.
 */
#include "config.h"

#include <errno.h>

#include "call.h"
#include "ring-error.h"
#include "ring-split.h"

#define MAX_TOTAL	0x100000000ull	/* SPLIT-DESC-1 */

/* Moves a request that outgrew its indirect table into the descriptor table. */
static bool make_direct(struct ring *r, struct ring_request *q)
{
	struct split_desc *table = q->table;
	uint16_t count = q->count;

	if (!q->indirect || count >= r->free_count)
		return false;
	place(r, q, false);
	for (uint16_t i = 0; i < count; i++)
		put_segment(q, le64toh(relaxed_load(&table[i].addr)),
			    le32toh(relaxed_load(&table[i].len)),
			    le16toh(relaxed_load(&table[i].flags)) & DESC_WRITE);
	return true;
}

/* A direct request has walked to the end of the free list: turns the list so
 * that what was freed since, before the request, comes after it. */
static bool turn_free_list(struct ring *r, struct ring_request *q)
{
	if (q->indirect || q->before == RING_END)
		return false;
	q->idx = r->free_head;
	relaxed_store(&r->next[q->before], RING_END);
	if (q->count) {
		/* The device walks along the descriptor's own word. */
		relaxed_store(&q->table[q->tail].next, htole16(r->free_head));
		relaxed_store(&r->next[q->tail], r->free_head);
		r->free_head = q->head;
	} else {
		q->head = r->free_head;
	}
	q->before = RING_END;
	return true;
}

/* A segment in as many pieces as there are windows under it. */
static int put_pieces(struct ring *r, uint64_t addr, uint64_t len, unsigned flags)
{
	struct ring_request *q = &r->request;

	while (len) {
		uint64_t piece;

		if (!ring_find_window(r, addr))
			return -EFAULT;
		if (q->idx == RING_END && !make_direct(r, q) && !turn_free_list(r, q))
			return -ENOMEM;
		/* VU-MEM-11: never one descriptor across a region's edge. */
		piece = r->window.end - addr;
		piece = piece < len ? piece : len;
		put_segment(q, addr + r->window.delta, piece, flags);
		addr += piece;
		len -= piece;
	}
	return 0;
}

/* A sum that stays where it is at the top. */
static void add_bytes(uint64_t *sum, uint64_t len)
{
	if (__builtin_add_overflow(*sum, len, sum))
		*sum = UINT64_MAX;
}

static bool too_large(uint64_t readable, uint64_t writable)
{
	return writable > RING_MAX_REQUEST || readable > MAX_TOTAL ||
	       readable + writable > MAX_TOTAL;
}

/* n segments of any kind, every figure checked; for when one is not simple. */
int split_put_all(struct ring *r, const struct iovec *v, unsigned n, unsigned flags,
		  const char *call)
{
	struct ring_request *q = &r->request;
	unsigned large = q->state < REQUEST_LARGE ? 0 : REQUEST_LARGE;

	for (; n; v++, n--) {
		uint64_t len = v->iov_len;
		int error;

		add_bytes(&q->bytes[flags], len);
		if (too_large(q->bytes[0], q->bytes[DESC_WRITE]))
			return ring_size_error(call, q->bytes[0], q->bytes[DESC_WRITE]);
		if (len > r->small)
			large = REQUEST_LARGE;
		error = put_pieces(r, (uintptr_t)v->iov_base, len, flags);
		if (error)
			return ring_segment_error(call, r, error, v);
		q->state |= large;
	}
	return 0;
}

/* What became of memory under requests that the device has not seen. */
struct recheck {
	struct mem_map *map;
	bool undecided;
};

/* As the callback of a scan: is the memory gone for good? */
static bool is_gone(uint64_t bus, uint64_t len, void *ctx)
{
	struct recheck *c = ctx;
	enum mem_map_answer answer = mem_map_ask_bus(c->map, bus, len);

	c->undecided |= answer == MEM_MAP_UNDECIDED;
	return answer == MEM_MAP_GONE;
}

/* The open request. */
static void recheck_open(struct ring *r, struct recheck *c)
{
	struct ring_request *q = &r->request;
	uint16_t idx = q->indirect ? 0 : q->head;

	for (uint16_t i = q->count; i; i--) {
		const struct split_desc *d = &q->table[idx];

		if (is_gone(le64toh(relaxed_load(&d->addr)), le32toh(relaxed_load(&d->len)), c)) {
			q->state = REQUEST_POISONED;
			q->poison = -EFAULT;
			q->count = 0;
			return;
		}
		idx = relaxed_load(&q->links[idx]);
	}
}

/* Takes back a request that ended and was not made visible: its cookie fails.
 * False if there is no memory for that: it comes back after the stop then. */
static bool take_back(struct ring *r, uint16_t head)
{
	struct ring_slot *slot = &r->slots[head];

	if (!ring_fail_cookie(r, slot->cookie)) {
		ring_set_error(r, -EIO);
		return false;
	}
	r->free_count += relaxed_load(&slot->ndescs);
	relaxed_store(&slot->ndescs, 0);
	relaxed_store(&r->next[slot->tail], r->free_head);
	if (ring_has_open(r) && r->request.before == RING_END)
		r->request.before = slot->tail;
	r->free_head = head;
	return true;
}

/* Those that ended and are not visible yet. Which ones is read from the shared
 * ring: who changed it there only keeps its own request. */
static void recheck_ended(struct ring *r, struct recheck *c)
{
	uint16_t kept = r->published;

	for (uint16_t i = r->published; i != r->avail_idx; i++) {
		uint16_t head = le16toh(relaxed_load(&r->area.avail->ring[i & r->mask]));

		if (head < r->size && split_scan_request(r, head, is_gone, c) &&
		    take_back(r, head))
			continue;
		relaxed_store(&r->area.avail->ring[kept++ & r->mask], htole16(head));
	}
	r->avail_idx = kept;
}

bool split_map_changed(struct ring *r, uint32_t generation)
{
	struct recheck c = { .map = r->map };

	r->map_generation = generation;
	ring_drop_windows(r);
	recheck_open(r, &c);
	recheck_ended(r, &c);
	if (c.undecided) {
		/* One that the map has left behind, so that this is asked again. */
		r->map_generation = generation - 1;
		r->deferred = true;
	}
	return !c.undecided && !relaxed_load(&r->error);
}

/* How many descriptors the segments take; -EFAULT if one is not known. */
static int count_pieces(struct ring *r, const struct iovec *v, unsigned n, uint64_t *bytes,
			uint64_t *pieces)
{
	for (const struct iovec *end = v + n; v != end; v++) {
		add_bytes(bytes, v->iov_len);
		for (uint64_t done = 0; done < v->iov_len && *bytes <= MAX_TOTAL; ++*pieces) {
			uint64_t addr = (uintptr_t)v->iov_base + done;

			if (!ring_find_window(r, addr))
				return ring_segment_error("virtqueue_req_submit", r, -EFAULT, v);
			done += r->window.end - addr;
		}
	}
	return 0;
}

int split_rehearse(struct ring *r, const struct iovec *v, unsigned n_readable,
		   unsigned n_writable, uint64_t *pieces)
{
	static const char call[] = "virtqueue_req_submit";
	uint64_t readable = 0, writable = 0;
	int error;

	*pieces = 0;
	error = count_pieces(r, v, n_readable, &readable, pieces);
	if (!error)
		error = count_pieces(r, v + n_readable, n_writable, &writable, pieces);
	if (error)
		return error;
	if (too_large(readable, writable))
		return ring_size_error(call, readable, writable);
	if (!*pieces)
		return call_set_lazy_error(call, EINVAL, "the request has no bytes", 0, 0, 0);
	return *pieces > r->size ? ring_refuse(call, r, *pieces) : 0;
}
