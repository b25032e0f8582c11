/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device's side of a split ring. The caller holds the queue's lock and
 * has found the queue ready.
 */
#ifndef LOOPBACK_SPLIT_H
#define LOOPBACK_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "queue.h"

/* Points the queue at its ring; the areas lie in told memory. */
void split_attach(struct loop_queue *q, const struct ring_place *place);

/* Bytes of the three areas, event words included. SPLIT-LAYOUT-2 */
static inline uint64_t split_desc_bytes(uint16_t size)
{
	return 16u * (uint64_t)size;
}

static inline uint64_t split_avail_bytes(uint16_t size)
{
	return 6 + 2u * (uint64_t)size;
}

static inline uint64_t split_used_bytes(uint16_t size)
{
	return 6 + 8u * (uint64_t)size;
}

/* Serves what is available now; false if there was nothing. */
bool split_serve(struct loop_queue *q);

/* Asks the driver for a kick at the next buffer. */
void split_want_kick(struct loop_queue *q);

/* Tells it that kicks are not needed. */
void split_spare_kick(struct loop_queue *q);

/* Is there anything to take? */
bool split_has_work(const struct loop_queue *q);

/* Reads the chain that starts at head into the queue's scratch: 0, or -EPROTO
 * after the device has asked for a reset (split-chain.c). */
int split_read_chain(struct loop_queue *q, uint16_t head, struct chain *chain);

#endif /* LOOPBACK_SPLIT_H */
