/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device's side of a split ring, for tests: it takes what the driver makes
 * available, fails the test where the driver breaks a rule, and completes, or
 * misbehaves, as it is told.
 *
 * Written from VIRTIO 1.3 and the kernel's <linux/virtio_ring.h>, apart from
 * lib/, so that a misreading there is not repeated here.
 */
#ifndef RING_MODEL_H
#define RING_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_ring.h>

#define MODEL_MAX_SIZE	32768u

/* Bits of model features. */
#define MODEL_INDIRECT	1u
#define MODEL_EVENT_IDX	2u

/* A request that the device holds, by the index of its head. */
struct model_request {
	bool owned;
	uint16_t segments;
	uint16_t descriptors;	/* of the ring's table */
	bool in_table;
	uint64_t readable;
	uint64_t writable;
	uint64_t sum;		/* over its descriptors, the indirect ones too */
};

struct ring_model {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	unsigned size;
	unsigned features;
	uint64_t delta;		/* bus addresses are virtual ones plus delta */
	/* May the driver name this piece? NULL: any. */
	bool (*known)(uint64_t bus, uint64_t len, void *ctx);
	void *ctx;

	uint16_t seen;		/* of the available index */
	uint16_t used_idx;
	unsigned interrupts;	/* that the driver asked for */
	struct model_request *requests;
	uint16_t *heads;	/* held, oldest first */
	unsigned nheads;
};

void model_init(struct ring_model *m, void *desc, void *avail, void *used, unsigned size,
		unsigned features);
void model_release(struct ring_model *m);

/* Takes all that is newly available, checks it, and returns how much it was. */
unsigned model_take(struct ring_model *m);

/* Fails unless all that is held is as it was when it was taken. CLEAN-1 */
void model_assert_untouched(struct ring_model *m);

/* Completes a held request with so many bytes written. */
void model_use(struct ring_model *m, uint16_t head, uint32_t len);

/* Takes and completes everything, oldest or newest first, in full. */
unsigned model_serve(struct ring_model *m);
unsigned model_serve_backwards(struct ring_model *m);

/* A used entry whatever it says, and the index on; the index alone. */
void model_put(struct ring_model *m, uint32_t id, uint32_t len);
void model_set_used_idx(struct ring_model *m, uint16_t idx);

/* The words that say whether the device wants kicks. */
void model_set_used_flags(struct ring_model *m, uint16_t flags);
void model_set_avail_event(struct ring_model *m, uint16_t idx);
uint16_t model_used_event(struct ring_model *m);
uint16_t model_avail_flags(struct ring_model *m);
uint16_t model_avail_idx(struct ring_model *m);

/* Overwrites what the driver wrote: descriptors, tables, available ring. */
void model_scramble(struct ring_model *m, void *tables, size_t tables_len, unsigned seed);

#endif /* RING_MODEL_H */
