/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The arithmetic of ring-layout.h.
 *
 * Indirect tables are bound to their descriptor, so that none has to be
 * looked for; large queues get shorter ones, which bounds the memory.
 */
#include "config.h"

#include "ring-layout.h"
#include "ring.h"

#define CACHE_LINE	64
#define EVENT_WORD	2u			/* used_event, avail_event */
#define TABLES_BYTES	(1024u * 1024u)		/* a queue's tables, as a goal */
#define MIN_TABLE_LEN	8u

#define PACKED_DESC	16u			/* addr, len, id, flags */
#define EVENT_AREA	4u			/* offset and wrap counter, flags */

static size_t align_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

bool ring_split_size_ok(uint32_t size)
{
	return size && size <= RING_MAX_SIZE && !(size & (size - 1));
}

static uint16_t table_len(uint16_t size)
{
	uint32_t len = TABLES_BYTES / sizeof(struct split_desc) / size;

	len = len < RING_MAX_INDIRECT ? len : RING_MAX_INDIRECT;
	len = len > MIN_TABLE_LEN ? len : MIN_TABLE_LEN;
	/* SPLIT-IND-3: no chain is longer than the queue. One segment alone
	 * never goes indirect, so a queue of 1 needs no tables. */
	len = len < size ? len : size;
	return len > 1 ? len : 0;
}

/* So many entries as the room has, or none if that helps nobody. */
static uint16_t shorten(uint16_t len, uint16_t size, size_t room)
{
	size_t most = room / ((size_t)size * sizeof(struct split_desc));

	len = len < most ? len : most;
	return len > 1 ? len : 0;
}

struct ring_layout ring_split_layout(uint16_t size, bool indirect, size_t room)
{
	struct ring_layout l = { 0 };

	/* SPLIT-LAYOUT-1, -2: 16n, 6 + 2n and 6 + 8n bytes, aligned 16, 2, 4. */
	l.driver = align_up(size * sizeof(struct split_desc), CACHE_LINE);
	/* The used elements begin a cache line, so that none lies on two pages: a
	 * device that writes one in two halves may get the second wrong, as QEMU
	 * before 9.0 does behind an IOMMU. */
	l.device = align_up(l.driver + sizeof(struct split_avail) + size * sizeof(uint16_t) +
			    EVENT_WORD, CACHE_LINE) + CACHE_LINE - sizeof(struct split_used);
	l.ring_size = l.device + sizeof(struct split_used) +
		      size * sizeof(struct split_used_elem) + EVENT_WORD;
	l.total = align_up(l.ring_size, CACHE_LINE);
	if (indirect && l.total < room)
		l.table_len = shorten(table_len(size), size, room - l.total);
	if (l.table_len) {
		l.tables = l.total;
		l.total += (size_t)size * l.table_len * sizeof(struct split_desc);
	}
	return l;
}

struct ring_layout ring_split_layout_in(uint16_t size, bool indirect, uint64_t page_size)
{
	struct ring_layout half;

	if (!page_size)
		return ring_split_layout(size, indirect, SIZE_MAX);
	half = ring_split_layout(size, indirect, page_size / 2);
	if (half.table_len >= MIN_TABLE_LEN)
		return half;
	return ring_split_layout(size, indirect, page_size);
}

bool ring_packed_size_ok(uint32_t size)
{
	return size && size <= RING_MAX_SIZE;
}

struct ring_layout ring_packed_layout(uint16_t size)
{
	struct ring_layout l = { 0 };

	/* PACKED-LAYOUT-1, -2: 16n, 4 and 4 bytes, aligned 16, 4, 4; nothing here
	 * is what it is in a split queue. */
	l.driver = align_up((size_t)size * PACKED_DESC, CACHE_LINE);
	l.device = align_up(l.driver + EVENT_AREA, CACHE_LINE);
	l.ring_size = l.device + EVENT_AREA;
	l.total = align_up(l.ring_size, CACHE_LINE);
	return l;
}

size_t ring_place(size_t at, size_t len, uint64_t page_size)
{
	if (!page_size || at % page_size + len <= page_size)
		return at;
	return align_up(at, page_size);
}
