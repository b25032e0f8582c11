/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the parts of a queue lie in its piece of shared memory.
 *
 * Pure arithmetic: a size in, offsets out. The areas follow VIRTIO 1.3, 2.7
 * (split); the driver's and the device's words never share a cache line.
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

/* Lays out a split queue of an allowed size. */
struct ring_layout ring_split_layout(uint16_t size, bool indirect);

#endif /* RING_LAYOUT_H */
