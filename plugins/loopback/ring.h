/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A split ring as it lies in memory, seen from the device.
 *
 * Written from the specification (VIRTIO 1.3, 2.7) and on purpose not shared
 * with the engine in lib/: a slip in one of the two shows as a disagreement
 * between them. All words are little-endian; nothing here owns memory.
 */
#ifndef LOOPBACK_RING_H
#define LOOPBACK_RING_H

#include <stdint.h>

#define RING_DESC_F_NEXT	1u
#define RING_DESC_F_WRITE	2u
#define RING_DESC_F_INDIRECT	4u

#define RING_AVAIL_F_NO_INTERRUPT	1u
#define RING_USED_F_NO_NOTIFY		1u

#define RING_MAX_SIZE	32768u

/* Packed: nobody says that an indirect table is aligned. */
struct ring_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
} __attribute__((packed));

/* After ring[]: one word used_event, the driver's wish for a notification. */
struct ring_avail {
	_Atomic uint16_t flags;
	_Atomic uint16_t idx;
	uint16_t ring[];
};

struct ring_used_elem {
	uint32_t id;
	uint32_t len;
};

/* After ring[]: one word avail_event, the device's wish for a kick. */
struct ring_used {
	_Atomic uint16_t flags;
	_Atomic uint16_t idx;
	struct ring_used_elem ring[];
};

_Static_assert(sizeof(struct ring_desc) == 16, "VIRTIO 1.3, 2.7.5");
_Static_assert(sizeof(struct ring_used_elem) == 8, "VIRTIO 1.3, 2.7.8");
_Static_assert(sizeof(struct ring_avail) == 4 && sizeof(struct ring_used) == 4,
	       "atomic words have no room of their own");

#endif /* LOOPBACK_RING_H */
