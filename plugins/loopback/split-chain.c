/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading a chain of descriptors, direct or indirect, out of a split ring.
 *
 * The driver is not trusted: each descriptor is read once into a local and
 * checked, its address against the told memory, its place against the rules
 * (VIRTIO 1.3, 2.7.5). A breach asks for a reset and names the row of
 * conformance.md that the driver has missed.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>

#include "device.h"
#include "memory.h"
#include "split.h"

struct walk {
	struct loop_queue *q;
	struct chain *chain;
	uint16_t head;
};

/* A descriptor table: the ring's own, or an indirect one. */
struct table {
	const struct ring_desc *desc;
	uint32_t n;
	bool indirect;
};

#define breach(walk, fmt, ...) \
	(loop_dev_ask_reset((walk)->q->dev, "queue %u, request %u: " fmt, (walk)->q->index, \
			    (walk)->head, __VA_ARGS__), -EPROTO)

/* Read once: what the driver changes afterwards is its own affair. */
static struct ring_desc load_desc(const struct ring_desc *from)
{
	const volatile struct ring_desc *d = from;

	return (struct ring_desc){
		.addr = le64toh(d->addr),
		.len = le32toh(d->len),
		.flags = le16toh(d->flags),
		.next = le16toh(d->next),
	};
}

static int append(struct walk *walk, const struct ring_desc *d)
{
	struct chain *chain = walk->chain;
	struct span *span = d->flags & RING_DESC_F_WRITE ? &chain->in : &chain->out;

	/* Also what ends a chain that bites its tail. */
	if (chain->out.n + chain->in.n >= walk->q->size)		/* SPLIT-IND-3 */
		return breach(walk, "more than %u descriptors, the queue size (SPLIT-IND-3)",
			      walk->q->size);
	if (span == &chain->out && chain->in.n)				/* FRAME-1 */
		return breach(walk, "a readable descriptor (address 0x%" PRIx64
			      ") after a writable one (FRAME-1)", d->addr);
	if (!mem_covers(walk->q->memory, &walk->q->mem_hint, d->addr, d->len))
		return breach(walk, "%" PRIu32 " bytes at 0x%" PRIx64 " are not within one piece"
			      " of memory that the device was told of", d->len, d->addr);
	walk->q->scratch[chain->out.n + chain->in.n] = (struct iovec){
		.iov_base = (void *)(uintptr_t)d->addr,
		.iov_len = d->len,
	};
	span->n++;
	span->len += d->len;
	if (chain->out.len + chain->in.len > UINT64_C(1) << 32)		/* SPLIT-DESC-1 */
		return breach(walk, "more than 2^32 bytes (SPLIT-DESC-1), %u descriptors so far",
			      chain->out.n + chain->in.n);
	return 0;
}

static int check_flags(struct walk *walk, const struct ring_desc *d)
{
	const uint16_t known = RING_DESC_F_NEXT | RING_DESC_F_WRITE | RING_DESC_F_INDIRECT;

	if (walk->q->strict && d->flags & ~known)
		return breach(walk, "descriptor flags 0x%x are not defined", d->flags);
	return 0;
}

/* Gives the table that d refers to. */
static int open_indirect(struct walk *walk, const struct table *from, const struct ring_desc *d,
			 struct table *to)
{
	if (!walk->q->indirect)						/* SPLIT-IND-1 */
		return breach(walk, "flags 0x%x: INDIRECT_DESC was not negotiated (SPLIT-IND-1)",
			      d->flags);
	if (from->indirect)						/* SPLIT-IND-2 */
		return breach(walk, "flags 0x%x: INDIRECT inside an indirect table (SPLIT-IND-2)",
			      d->flags);
	if (d->flags & RING_DESC_F_NEXT)				/* SPLIT-IND-4 */
		return breach(walk, "flags 0x%x: INDIRECT with NEXT (SPLIT-IND-4)", d->flags);
	if (d->len == 0 || d->len % sizeof(struct ring_desc))		/* SPLIT-IND-6 */
		return breach(walk, "an indirect table of %" PRIu32 " bytes, no multiple of 16"
			      " (SPLIT-IND-6)", d->len);
	if (!mem_covers(walk->q->memory, &walk->q->mem_hint, d->addr, d->len))
		return breach(walk, "an indirect table at 0x%" PRIx64 ", which is not in memory"
			      " that the device was told of", d->addr);
	*to = (struct table){
		.desc = (const struct ring_desc *)(uintptr_t)d->addr,
		.n = d->len / (uint32_t)sizeof(struct ring_desc),
		.indirect = true,
	};
	return 0;
}

/* The steps are bounded by append (each adds a descriptor, of which there are
 * no more than the queue has) and by the one change of table. */
static int walk_chain(struct walk *walk, struct table table, uint32_t i)
{
	for (;;) {
		struct ring_desc d = load_desc(&table.desc[i]);
		int err = check_flags(walk, &d);

		if (!err && d.flags & RING_DESC_F_INDIRECT) {
			err = open_indirect(walk, &table, &d, &table);
			i = 0;
			if (!err)
				continue;
		}
		if (!err)
			err = append(walk, &d);
		if (err || !(d.flags & RING_DESC_F_NEXT))
			return err;
		if (d.next >= table.n)
			return breach(walk, "next is %u in a table of %" PRIu32, d.next, table.n);
		i = d.next;
	}
}

int split_read_chain(struct loop_queue *q, uint16_t head, struct chain *chain)
{
	struct walk walk = { .q = q, .chain = chain, .head = head };
	struct table table = { .desc = q->desc, .n = q->size };
	int err;

	*chain = (struct chain){ .out = { .iov = q->scratch } };
	if (head >= q->size)
		return breach(&walk, "no descriptor of that number, the queue size is %u",
			      q->size);
	err = walk_chain(&walk, table, head);
	chain->in.iov = q->scratch + chain->out.n;
	return err;
}
