/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ring without a device: lib/ring.h on one side, ring-model.h on the other,
 * and a memory map between them in which addresses differ on both sides.
 *
 * The ring never touches the segments it is given, so what the map knows as
 * memory need not be there.
 */
#ifndef RING_RIG_H
#define RING_RIG_H

#include "../../lib/ring.h"
#include "../../lib/ring-layout.h"
#include "ring-model.h"
#include "unit.h"

/* What the map knows at first: one region, on the bus somewhere else. */
#define RIG_MEM		0x10000000000ull
#define RIG_MEM_LEN	0x400000000ull		/* 16 GiB */
#define RIG_DELTA	0x700000000000ull

/* The shapes of a split ring, for loop tests: bits of the model's features, and
 * whether it is made for memory in pieces. */
#define RIG_WIDE	4u
#define RIG_SHAPES	8

struct ring_rig {
	struct ring ring;
	struct mem_map map;
	struct ring_model dev;
	struct ring_layout layout;
	char *shared;
};

void rig_up(struct ring_rig *rig, uint16_t size, unsigned features);
void rig_down(struct ring_rig *rig);

/* The i-th of the segments that tests use: 64 bytes each. */
struct iovec rig_segment(unsigned i);

/* Submits n_readable and n_writable such segments: the result. */
int rig_submit(struct ring_rig *rig, uintptr_t cookie, unsigned n_readable, unsigned n_writable);

/* Starts; adds segments of one kind. */
int rig_start(struct ring_rig *rig, uintptr_t cookie, unsigned n);
int rig_add(struct ring_rig *rig, unsigned n_readable, unsigned n_writable);
/* Adds one segment of len bytes at addr. */
int rig_add_one(struct ring_rig *rig, uint64_t addr, uint64_t len, bool writable);

bool rig_publish(struct ring_rig *rig);

/* Takes one completion; 0 if there is none. len may be NULL. */
uintptr_t rig_poll(struct ring_rig *rig, uint32_t *len);

/* Takes one failed cookie; 0 if there is none. */
uintptr_t rig_failed(struct ring_rig *rig);

/* Submits and publishes requests of one writable segment, cookies first.. */
void rig_post(struct ring_rig *rig, uintptr_t first, unsigned n);

#endif /* RING_RIG_H */
