/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The split virtqueue, driver side: VIRTIO 1.3, 2.7.
 *
 * A request takes its descriptors off the free list only when it ends, so
 * dropping one is free. Each descriptor knows its successor on the free list
 * already; a chain is a walk along it. An indirect table is written the same
 * way, along a list that counts 1, 2, 3.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>

#include "call.h"
#include "ring-error.h"
#include "ring-split.h"

/* Takes the request's descriptors off the free list, up to `rest`. What was
 * freed while it was open stands before it there. */
static inline void unlink_free(struct ring *r, uint32_t rest)
{
	if (likely(r->request.before == RING_END))
		r->free_head = rest;
	else
		relaxed_store(&r->next[r->request.before], rest);
}

/* The request becomes one that the device may see. */
static inline __attribute__((always_inline)) void commit(struct ring *r, bool may_be_indirect)
{
	struct ring_request *q = &r->request;
	uint32_t head = q->head;

	/* The chain ends here: the last descriptor's flags again, without NEXT. */
	relaxed_store(&q->table[q->tail].flags, htole16(q->state & DESC_WRITE));
	if (may_be_indirect && q->indirect) {
		put_table_desc(r, head, table_offset(r, head), q->count);
		unlink_free(r, relaxed_load(&r->next[head]));
		enter(r, head, head, 1, q->cookie, q->bytes[DESC_WRITE]);
	} else {
		unlink_free(r, q->idx);
		enter(r, head, q->tail, q->count, q->cookie, q->bytes[DESC_WRITE]);
	}
	q->count = 0;
	q->state = REQUEST_NONE;
}

/* Ends a request without segments: empty, poisoned, or not there. False if
 * its cookie cannot be put aside: then it stays open. */
static __attribute__((noinline)) bool end_nothing(struct ring *r)
{
	if (r->request.state == REQUEST_POISONED)
		return ring_fail_open(r);
	ring_abort(r);
	return true;
}

static inline bool end_open(struct ring *r)
{
	if (likely(r->request.count)) {
		commit(r, true);
		return true;
	}
	return likely(r->request.state == REQUEST_NONE) || end_nothing(r);
}

/* Ends the open request if n segments fit after it. */
static int make_room(const char *call, struct ring *r, unsigned n)
{
	check_map(r);
	if ((fits_table(r, n) ? 1 : n) > ring_free_descs(r) || !end_open(r))
		return ring_refuse(call, r, n);
	return 0;
}

static inline void begin(struct ring *r, void *cookie, unsigned n, bool may_be_indirect)
{
	struct ring_request *q = &r->request;

	if (may_be_indirect) {
		place(r, q, fits_table(r, n));
	} else {
		/* The rest is as ring_init left it. */
		q->idx = q->head = r->free_head;
		q->before = RING_END;
	}
	q->bytes[0] = 0;
	q->bytes[DESC_WRITE] = 0;
	q->cookie = cookie;
	q->state = REQUEST_ANY;
}

static __attribute__((noinline)) int start_carefully(struct ring *r, void *cookie, unsigned n)
{
	int error = make_room("virtqueue_req_start", r, n);

	if (!error)
		begin(r, cookie, n, true);
	return error;
}

/* A leaf but for what is not everyday: no room at first sight (an indirect
 * request takes less than its count), a new map, a request that fails. */
static inline __attribute__((always_inline)) int start(struct ring *r, void *cookie, unsigned n,
						       bool may_be_indirect)
{
	struct ring_request *q = &r->request;
	int left = r->free_count - q->count;

	if (unlikely(left < 0 || n > (unsigned)left ||
		     relaxed_load(&r->map->generation) != r->map_generation))
		return start_carefully(r, cookie, n);
	if (likely(q->count))
		commit(r, may_be_indirect);
	else if (unlikely(q->state != REQUEST_NONE))
		return start_carefully(r, cookie, n);
	begin(r, cookie, n, may_be_indirect);
	return 0;
}

static int start_direct(struct ring *r, void *cookie, unsigned n)
{
	return start(r, cookie, n, false);
}

static int start_indirect(struct ring *r, void *cookie, unsigned n)
{
	return start(r, cookie, n, true);
}


/* An add that is not all simple, from the first segment that is not. */
static __attribute__((noinline)) int add_carefully(struct ring *r, const struct iovec *v,
						   unsigned n, unsigned flags)
{
	int error = split_put_all(r, v, n, flags, "virtqueue_req_add_iovs");

	return error ? ring_poison(r, error) : 0;
}

static bool all_empty(const struct iovec *v, unsigned n)
{
	while (n && !v[n - 1].iov_len)
		n--;
	return !n;
}

/* An add that the request's state speaks against. */
static __attribute__((noinline)) int add_oddly(struct ring *r, const struct iovec *v, unsigned n,
					       unsigned flags)
{
	static const char call[] = "virtqueue_req_add_iovs";
	struct ring_request *q = &r->request;

	if (q->state == REQUEST_NONE)
		return call_set_lazy_error(call, EINVAL,
			"no request is open; call virtqueue_req_start first", 0, 0, 0);
	if (q->state == REQUEST_POISONED)
		return call_set_lazy_error(call, -q->poison,
			"the request failed before; abort it or let it fail", 0, 0, 0);
	/* FRAME-1 */
	if (!flags && (q->state & DESC_WRITE) && !all_empty(v, n))
		return ring_poison(r, call_set_lazy_error(call, EINVAL,
			"a readable segment after a writable one; add readable ones first",
			0, 0, 0));
	return add_carefully(r, v, n, flags);
}

static inline __attribute__((always_inline)) int
add(struct ring *r, const struct iovec *v, unsigned n, unsigned flags)
{
	struct ring_request *q = &r->request;

	if (unlikely(q->state > flags))
		return add_oddly(r, v, n, flags);
	for (; n; v++, n--) {
		uint64_t len = v->iov_len, bus;

		if (unlikely(!translate(r, (uintptr_t)v->iov_base, len, true, &bus) ||
			     q->idx == RING_END))
			return add_carefully(r, v, n, flags);
		q->bytes[flags] += len;
		put_segment(q, bus, len, flags);
	}
	return 0;
}

static int add_readable(struct ring *r, const struct iovec *v, unsigned n)
{
	return add(r, v, n, 0);
}

static int add_writable(struct ring *r, const struct iovec *v, unsigned n)
{
	return add(r, v, n, DESC_WRITE);
}

/* The submit that looks at everything, from the beginning. */
int split_submit_carefully(struct ring *r, void *cookie, const struct iovec *v,
			   unsigned n_readable, unsigned n_writable)
{
	static const char call[] = "virtqueue_req_submit";
	struct ring_request *q = &r->request;
	uint64_t n = (uint64_t)n_readable + n_writable, pieces;
	int error;

	if (n > r->size)
		return ring_refuse(call, r, n);
	check_map(r);
	error = split_rehearse(r, v, n_readable, n_writable, &pieces);
	if (!error)
		error = make_room(call, r, pieces);
	if (error)
		return error;
	/* Nothing can fail from here on: the open request, if any, has ended. */
	place(r, q, fits_table(r, pieces));
	q->cookie = cookie;
	q->bytes[0] = q->bytes[DESC_WRITE] = 0;
	q->state = REQUEST_ANY;
	error = split_put_all(r, v, n_readable, 0, call);
	if (!error)
		error = split_put_all(r, v + n_readable, n_writable, DESC_WRITE, call);
	if (error)
		ring_abort(r);
	else
		commit(r, true);
	return error;
}

/* Ends and publishes; true if there is anything new since the last kick. */
static inline __attribute__((always_inline)) bool publish(struct ring *r)
{
	end_open(r);
	if (likely(r->published != r->avail_idx) && unlikely(!expose(r)))
		return false;
	if (unlikely(r->kicked == r->avail_idx))
		return false;
	/* SPLIT-NOTIFY-1. Full fence: the index is stored before the device's
	 * flags or avail_event are loaded. */
	atomic_thread_fence(memory_order_seq_cst);
	return true;
}

static bool publish_flags(struct ring *r)
{
	if (!publish(r))
		return false;
	r->kicked = r->avail_idx;
	/* SPLIT-KICK-2, -3, -4, HARD-KICK-1: bit 0 decides, nothing else. */
	return !(le16toh(relaxed_load(&r->area.used->flags)) & USED_NO_NOTIFY);
}

static bool publish_event(struct ring *r)
{
	uint16_t event, old = r->kicked;

	if (!publish(r))
		return false;
	r->kicked = r->avail_idx;
	/* SPLIT-KICK-5, -6, -7: was the entry at avail_event among the new ones? */
	event = le16toh(relaxed_load(avail_event(r)));
	return (uint16_t)(r->avail_idx - event - 1) < (uint16_t)(r->avail_idx - old);
}

#define FLAGS_OPS \
	publish_flags, split_poll_flags, split_arm_flags, split_disarm_flags, split_harvest, \
	split_scan
#define EVENT_OPS \
	publish_event, split_poll_event, split_arm_event, split_disarm_event, split_harvest, \
	split_scan

#define DIRECT_OPS(submit) \
	{ { start_direct, add_readable, add_writable, submit, FLAGS_OPS }, \
	  { start_direct, add_readable, add_writable, submit, EVENT_OPS } }
#define INDIRECT_OPS(submit) \
	{ { start_indirect, add_readable, add_writable, submit, FLAGS_OPS }, \
	  { start_indirect, add_readable, add_writable, submit, EVENT_OPS } }

const struct ring_ops *ring_split_ops(bool indirect, bool event_idx, bool wide)
{
	static const struct ring_ops shapes[2][2][2] = {
		{ DIRECT_OPS(split_submit_direct), DIRECT_OPS(split_submit_direct_wide) },
		{ INDIRECT_OPS(split_submit_indirect), INDIRECT_OPS(split_submit_indirect_wide) },
	};

	return &shapes[indirect][wide][event_idx];
}
