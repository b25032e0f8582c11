/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device's side of a split ring: takes what the driver made available,
 * has it served, writes used elements, and tells the driver when it asked to
 * be told (VIRTIO 1.3, 2.7).
 *
 * Runs under the queue's lock. Each word of the driver's is read once.
 */
#include "config.h"

#include <endian.h>
#include <inttypes.h>
#include <unistd.h>

#include "device.h"
#include "split.h"

void split_attach(struct loop_queue *q, const struct ring_place *place)
{
	q->desc = (const struct ring_desc *)(uintptr_t)place->desc;
	q->avail = (struct ring_avail *)(uintptr_t)place->avail;
	q->used = (struct ring_used *)(uintptr_t)place->used;
	/* The event words lie behind the last entry. */
	q->used_event = (_Atomic uint16_t *)&q->avail->ring[place->size];
	q->avail_event = (_Atomic uint16_t *)&q->used->ring[place->size];
	q->avail_idx = q->last_avail = 0;
	q->used_idx = q->shown_idx = q->signalled_idx = 0;
	q->mute = q->spares_kicks = false;
}

static uint16_t load_avail_idx(const struct loop_queue *q)
{
	/* acquire: idx before the entries and descriptors it stands for, which
	 * the driver has written before idx. SPLIT-IDX-1 */
	return le16toh(atomic_load_explicit(&q->avail->idx, memory_order_acquire));
}

bool split_has_work(const struct loop_queue *q)
{
	return load_avail_idx(q) != q->last_avail;
}

void split_want_kick(struct loop_queue *q)
{
	q->spares_kicks = false;
	if (q->event_idx)
		atomic_store_explicit(q->avail_event, htole16(q->last_avail),
				      memory_order_relaxed);
	else
		atomic_store_explicit(&q->used->flags, 0, memory_order_relaxed);
	/* The wish before the look at idx that follows: a driver that misses the
	 * wish has published idx before, and the look finds it. */
	atomic_thread_fence(memory_order_seq_cst);
}

void split_spare_kick(struct loop_queue *q)
{
	/* Once: the driver polls the cache line that this word lies in. */
	if (q->spares_kicks)
		return;
	q->spares_kicks = true;
	/* With EVENT_IDX it is enough to leave the event where it is, behind. */
	if (!q->event_idx)
		atomic_store_explicit(&q->used->flags, htole16(RING_USED_F_NO_NOTIFY),
				      memory_order_relaxed);
}

/* The driver's rules for the words of the available ring. */
static bool avail_is_sane(struct loop_queue *q)
{
	uint16_t flags = le16toh(atomic_load_explicit(&q->avail->flags, memory_order_relaxed));
	uint16_t ahead = (uint16_t)(q->avail_idx - q->last_avail);

	if (ahead > q->size) {						/* SPLIT-AVAIL-1 */
		loop_dev_ask_reset(q->dev, "queue %u: available idx %u is %u ahead of %u, the"
				   " queue size is %u (SPLIT-AVAIL-1)", q->index, q->avail_idx,
				   ahead, q->last_avail, q->size);
		return false;
	}
	if (q->strict && flags & ~(q->event_idx ? 0 : RING_AVAIL_F_NO_INTERRUPT)) {
		loop_dev_ask_reset(q->dev, "queue %u: available flags are 0x%x, EVENT_IDX is %s"
				   " (%s)", q->index, flags, q->event_idx ? "on" : "off",
				   q->event_idx ? "SPLIT-USEDEV-3" : "SPLIT-USEDEV-1");
		return false;
	}
	return true;
}

static void write_used(struct loop_queue *q, uint32_t id, uint32_t len)
{
	struct ring_used_elem *e = &q->used->ring[q->used_idx & (q->size - 1)];

	e->id = htole32(id);
	e->len = htole32(len);
	q->used_idx++;
}

static void show_used(struct loop_queue *q)
{
	if (q->shown_idx == q->used_idx)
		return;
	q->shown_idx = q->used_idx;
	/* release: data and used elements before the idx that stands for them. */
	atomic_store_explicit(&q->used->idx, htole16(q->used_idx), memory_order_release);
}

/*
 * An id in range that is not outstanding, -1 if none is near: a descriptor
 * within this very chain, or one that is no head of what is left to take.
 */
static int32_t find_idle_id(const struct loop_queue *q, uint16_t head)
{
	const uint16_t mask = q->size - 1;
	const volatile uint16_t *ring = q->avail->ring;
	const volatile struct ring_desc *first = &q->desc[head];

	if (le16toh(first->flags) & RING_DESC_F_NEXT)
		return le16toh(first->next) & mask;
	for (unsigned step = 1; step < 64u && step < q->size; step++) {
		uint16_t id = (head + step) & mask;
		uint16_t i = q->last_avail;

		while (i != q->avail_idx && le16toh(ring[i & mask]) != id)
			i++;
		if (i == q->avail_idx)
			return id;
	}
	return -1;
}

static void complete_bent(struct loop_queue *q, const struct completion *c)
{
	for (unsigned i = 0; i < c->copies; i++)
		write_used(q, c->id, c->len);
	if (c->bends_idx) {
		q->used_idx = c->idx;
		q->shown_idx = (uint16_t)~c->idx;
	}
}

/* What a fault does instead of serving; false ends the batch. */
static bool refuse(struct loop_queue *q, enum fault_action action)
{
	if (action == FAULT_ASK_RESET)
		loop_dev_ask_reset(q->dev, "queue %u: asked to by fault=needs-reset", q->index);
	else if (action == FAULT_LOSE_PEER)
		loop_dev_lose(q->dev);
	q->mute = true;
	return false;
}

/* As complete(), on a device that was told to misbehave. */
static bool complete_faulty(struct loop_queue *q, uint16_t head, struct chain *chain)
{
	struct completion c = {
		.size = q->size,
		.avail_idx = q->avail_idx,
		.writable = chain->in.len < UINT32_MAX ? (uint32_t)chain->in.len : UINT32_MAX,
		.id = head,
		.copies = 1,
	};
	enum fault_id fault = fault_due(&q->dev->faults, &c.number);
	enum fault_action action = fault_action(fault);

	if (action >= FAULT_HOLD)
		return refuse(q, action);
	c.idle_id = fault == FAULT_ID_IDLE ? find_idle_id(q, head) : -1;
	c.len = blk_serve(&q->dev->blk, chain);
	if (action != FAULT_NONE && fault_bend(fault, &c))
		q->mute = action == FAULT_BEND_LAST;
	complete_bent(q, &c);
	return !q->mute;
}

static bool complete(struct loop_queue *q, uint16_t head, struct chain *chain)
{
	if (q->dev->faulty)
		return complete_faulty(q, head, chain);
	write_used(q, head, blk_serve(&q->dev->blk, chain));
	return true;
}

/* Takes the next request; false ends the batch. */
static bool serve_one(struct loop_queue *q)
{
	const volatile uint16_t *entry = &q->avail->ring[q->last_avail & (q->size - 1)];
	uint16_t head = le16toh(*entry);
	struct chain chain;

	if (split_read_chain(q, head, &chain)) {
		q->mute = true;
		return false;
	}
	q->last_avail++;
	return complete(q, head, &chain);
}

static bool driver_wants_signal(const struct loop_queue *q, uint16_t before)
{
	uint16_t event;

	if (!q->event_idx)
		return !(le16toh(atomic_load_explicit(&q->avail->flags, memory_order_relaxed)) &
			 RING_AVAIL_F_NO_INTERRUPT);
	event = le16toh(atomic_load_explicit(q->used_event, memory_order_relaxed));
	/* Did used idx step over event + 1 since the driver was last asked? */
	return (uint16_t)(q->used_idx - event - 1) < (uint16_t)(q->used_idx - before);
}

static void signal_driver(struct loop_queue *q)
{
	int fd = atomic_load_explicit(&q->call_fd, memory_order_acquire);
	uint16_t before = q->signalled_idx;
	uint64_t one = 1;

	if (before == q->used_idx)
		return;
	q->signalled_idx = q->used_idx;
	/* Our used idx before the driver's wish: a driver that publishes the
	 * wish after we looked will find idx moved. */
	atomic_thread_fence(memory_order_seq_cst);
	/* A counter that cannot be raised further has the driver awake. */
	if (fd >= 0 && driver_wants_signal(q, before) && write(fd, &one, sizeof(one)) < 0)
		return;
}

bool split_serve(struct loop_queue *q)
{
	const uint16_t burst = q->dev->blk.store.ops->burst;

	q->avail_idx = load_avail_idx(q);
	if (q->avail_idx == q->last_avail || !avail_is_sane(q))
		return false;
	while (q->last_avail != q->avail_idx && !q->mute && serve_one(q))
		if ((uint16_t)(q->used_idx - q->shown_idx) >= burst)
			show_used(q);
	if (q->mute)
		q->last_avail = q->avail_idx;
	show_used(q);
	signal_driver(q);
	return true;
}
