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

struct ring_layout ring_split_layout(uint16_t size, bool indirect)
{
	struct ring_layout l = { 0 };

	/* SPLIT-LAYOUT-1, -2: 16n, 6 + 2n and 6 + 8n bytes, aligned 16, 2, 4. */
	l.driver = align_up(size * sizeof(struct split_desc), CACHE_LINE);
	l.device = align_up(l.driver + sizeof(struct split_avail) + size * sizeof(uint16_t) +
			    EVENT_WORD, CACHE_LINE);
	l.ring_size = l.device + sizeof(struct split_used) +
		      size * sizeof(struct split_used_elem) + EVENT_WORD;
	l.total = align_up(l.ring_size, CACHE_LINE);
	if (indirect && table_len(size)) {
		l.table_len = table_len(size);
		l.tables = l.total;
		l.total += (size_t)size * l.table_len * sizeof(struct split_desc);
	}
	return l;
}
