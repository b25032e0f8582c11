/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The split virtqueue's other half: taking back what the device has used,
 * and asking to be woken. VIRTIO 1.3, 2.7.8 and 2.7.14.
 *
 * Everything read here was written by the device. Each word is loaded once
 * and checked against private state; a violation breaks the queue.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>

#include "ring-split.h"

static __attribute__((noinline)) void broken(struct ring *r, const char *fmt, uint64_t a,
					     uint64_t b)
{
	r->violation = (struct ring_violation){ fmt, a, b };
	trace_violation(r, fmt, a, b);
	ring_set_error(r, -EIO);
}

static __attribute__((noinline)) void check_failed(struct ring *r, uint32_t id, uint16_t at)
{
	if (id >= r->size)
		broken(r, "the device completed descriptor %" PRIu64 " of a queue of %" PRIu64,
		       id, r->size);
	else
		broken(r, "the device completed descriptor %" PRIu64
		       ", which heads no request in flight (used entry %" PRIu64 ")", id, at);
}

/* HARD-USED-3: honest servers do this too, so it breaks nothing. */
static __attribute__((noinline)) uint32_t clamp(struct ring *r, uint32_t writable)
{
	r->len_clamped++;
	return writable;
}

/* Takes n used entries that are known to be there; stops at a bad one. */
static inline __attribute__((always_inline)) uint16_t
take_used(struct ring *r, void **cookies, uint32_t *lens, uint64_t n)
{
	uint64_t first = r->last_used, i;
	uint32_t head = r->free_head, freed = 0;

	for (i = 0; i < n; i++) {
		struct split_used_elem *e = &r->area.used->ring[(first + i) & r->mask];
		uint32_t id = le32toh(relaxed_load(&e->id)), len = le32toh(relaxed_load(&e->len));
		struct ring_slot *slot = &r->slots[id];
		uint32_t ndescs;

		/* HARD-USED-1: the whole 32 bits, before any use. HARD-USED-2: only
		 * the head of a request in flight. */
		if (unlikely(id >= r->size || !(ndescs = relaxed_load(&slot->ndescs)))) {
			check_failed(r, id, first + i);
			break;
		}
		if (unlikely(len > slot->writable))
			len = clamp(r, slot->writable);
		if (lens)
			lens[i] = len;
		cookies[i] = slot->cookie;
		trace_complete(r, slot->cookie, len);
		relaxed_store(&slot->ndescs, 0);
		relaxed_store(&r->next[slot->tail], head);
		head = id;
		freed += ndescs;
	}
	r->free_head = head;
	r->free_count += freed;
	return i;
}

/* How many used entries wait; 0 also if the index makes no sense. */
static inline __attribute__((always_inline)) uint16_t count_used(struct ring *r)
{
	/* Acquire: the index is loaded before the entries it exposes, and before
	 * the data that the device wrote. HARD-USED-6: loaded once. */
	uint16_t idx = le16toh(atomic_load_explicit(&r->area.used->idx, memory_order_acquire));
	uint16_t n = idx - r->last_used;

	if (!n)
		return 0;
	/* Ended requests become visible now, so every slot in use is one that
	 * the device may complete. */
	if (unlikely(r->published != r->avail_idx))
		(void)expose(r);
	/* HARD-USED-4, -5, -13: no more than is outstanding. */
	if (unlikely(n > (uint16_t)(r->published - r->last_used))) {
		broken(r, "the device moved the used index by %" PRIu64 " with %" PRIu64
		       " requests outstanding", n, (uint16_t)(r->published - r->last_used));
		return 0;
	}
	return n;
}

/* While a request is open: what is freed first comes to stand before it on the
 * free list, and the request must know its new neighbour. */
static __attribute__((noinline)) uint16_t take_beside_open(struct ring *r, void **cookies,
							    uint32_t *lens, uint16_t n)
{
	uint16_t first = take_used(r, cookies, lens, n ? 1 : 0);

	if (first && r->request.before == RING_END)
		r->request.before = r->slots[r->free_head].tail;
	r->last_used += first;
	if (first && n > 1)
		first += take_used(r, cookies + 1, lens ? lens + 1 : NULL, n - 1);
	return first;
}

static inline __attribute__((always_inline)) uint16_t
poll_ring(struct ring *r, void **cookies, uint32_t *lens, uint16_t max)
{
	uint16_t n = count_used(r);

	if (!n)
		return 0;
	n = n < max ? n : max;
	if (unlikely(ring_has_open(r))) {
		n = take_beside_open(r, cookies, lens, n);
		r->last_used += n ? n - 1 : 0;
		return n;
	}
	n = take_used(r, cookies, lens, n);
	r->last_used += n;
	return n;
}

uint16_t split_poll_flags(struct ring *r, void **cookies, uint32_t *lens, uint16_t max)
{
	return poll_ring(r, cookies, lens, max);
}

/* Far behind: the device would have to use 65535 more buffers to reach it. */
void split_disarm_event(struct ring *r)
{
	r->parked = r->last_used;
	relaxed_store(used_event(r), htole16(r->last_used - 1));
}

uint16_t split_poll_event(struct ring *r, void **cookies, uint32_t *lens, uint16_t max)
{
	uint16_t n = poll_ring(r, cookies, lens, max);

	if (unlikely((uint16_t)(r->last_used - r->parked) >= PARK_EVERY))
		split_disarm_event(r);
	return n;
}

/* SPLIT-USEDEV-6: enabled, then looked again, so that no wake-up is lost. */
static bool work_after_enabling(struct ring *r)
{
	/* Full fence: the wish is stored before the used index is loaded. */
	atomic_thread_fence(memory_order_seq_cst);
	return le16toh(relaxed_load(&r->area.used->idx)) != r->last_used;
}

bool split_arm_flags(struct ring *r)
{
	relaxed_store(&r->area.avail->flags, 0);
	return work_after_enabling(r);
}

void split_disarm_flags(struct ring *r)
{
	relaxed_store(&r->area.avail->flags, htole16(AVAIL_NO_INTERRUPT));
}

bool split_arm_event(struct ring *r)
{
	/* SPLIT-USEDEV-3: flags stay 0 with EVENT_IDX. */
	relaxed_store(used_event(r), htole16(r->last_used));
	return work_after_enabling(r);
}

void split_harvest(struct ring *r)
{
	uint16_t n = relaxed_load(&r->error) ? 0 : count_used(r);

	for (uint16_t i = 0; i < n; i++) {
		uint32_t len;
		void *cookie;

		if (!take_used(r, &cookie, &len, 1))
			break;
		/* The id that was checked is the one that was freed just now; in the
		 * ring it may be another by now (HARD-USED-6). */
		r->done[r->done_count++] = r->free_head;
		r->slots[r->free_head].writable = len;
		r->last_used++;
	}
	/* ring_take_done counts them again when it hands them out. */
	r->last_used -= r->done_count;
}

/* Segments of one descriptor: itself, or what its indirect table lists. */
static bool scan_desc(struct ring *r, uint16_t idx,
		      bool (*cb)(uint64_t bus, uint64_t len, void *ctx), void *ctx)
{
	const struct split_desc *d = &r->area.desc[idx];
	uint32_t n = 1;

	if (r->area.tables && (le16toh(relaxed_load(&d->flags)) & DESC_INDIRECT)) {
		n = le32toh(relaxed_load(&d->len)) / sizeof(*d);
		n = n < r->area.table_len ? n : r->area.table_len;
		d = r->area.tables + (size_t)idx * r->area.table_len;
	}
	for (uint32_t i = 0; i < n; i++)
		if (cb(le64toh(relaxed_load(&d[i].addr)), le32toh(relaxed_load(&d[i].len)), ctx))
			return true;
	return false;
}

bool split_scan_request(struct ring *r, uint32_t head,
			bool (*cb)(uint64_t bus, uint64_t len, void *ctx), void *ctx)
{
	uint32_t n = relaxed_load(&r->slots[head].ndescs), idx = head;

	for (; n && idx < r->size; n--) {
		if (scan_desc(r, idx, cb, ctx))
			return true;
		idx = relaxed_load(&r->next[idx]);
	}
	return false;
}

bool split_scan(struct ring *r, bool (*cb)(uint64_t bus, uint64_t len, void *ctx), void *ctx)
{
	for (uint32_t head = 0; head < r->size; head++)
		if (split_scan_request(r, head, cb, ctx))
			return true;
	return false;
}
