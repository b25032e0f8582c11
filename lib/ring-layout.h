/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the parts of a queue lie in its piece of shared memory.
 *
 * Pure arithmetic: a size in, offsets out. The areas follow VIRTIO 1.3, 2.7
 * (split) and 2.8 (packed); the driver's and the device's words never share a
 * cache line.
 */
#ifndef RING_LAYOUT_H
#define RING_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_layout {
	size_t desc;		/* offsets of the areas; desc is 0 */
	size_t driver;
	size_t device;
	size_t ring_size;	/* of all three, both event words included */
	size_t tables;		/* of the indirect tables, if table_len is not 0 */
	uint16_t table_len;	/* entries of each, one table a descriptor */
	size_t total;
};

/* Is it a size that a split queue can have? SPLIT-LAYOUT-3 */
bool ring_split_size_ok(uint32_t size);

/* Lays out a split queue of an allowed size in up to `room` bytes, if the ring
 * itself fits; indirect tables are shorter then, or there are none. */
struct ring_layout ring_split_layout(uint16_t size, bool indirect, size_t room);

/* The same, for memory that is one piece for the device only within a page of
 * page_size bytes; 0: anywhere. Large queues give up a little of their tables
 * where two of them fit a page then. */
struct ring_layout ring_split_layout_in(uint16_t size, bool indirect, uint64_t page_size);

/* Is it a size that a packed queue can have? PACKED-LAYOUT-4 */
bool ring_packed_size_ok(uint32_t size);

/* Lays out a packed queue of an allowed size: the descriptor ring, and in
 * `driver` and `device` the event suppression structures. No tables. */
struct ring_layout ring_packed_layout(uint16_t size);

/* Where, from `at` on, a queue of `len` bytes lies within one such page. */
size_t ring_place(size_t at, size_t len, uint64_t page_size);

#endif /* RING_LAYOUT_H */
