/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device made of an ops table, for tests of the engine above the ring: it
 * notes every call, can refuse any of them, and has a ring-model.h behind
 * each queue.
 */
#ifndef FAKE_DEVICE_H
#define FAKE_DEVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/backend.h>

#include "ring-model.h"
#include "unit.h"

#define FAKE_QUEUES	8
#define FAKE_REGIONS	64

struct fake {
	struct virtio_dev vdev;

	/* What it is; set between fake_init and fake_open. */
	uint64_t features;
	uint16_t max_queues;		/* of get_max_queues */
	uint16_t sizes[FAKE_QUEUES];	/* of get_queue_size, 0: absent */
	uint16_t device_id;
	unsigned max_regions;
	uint64_t delta;			/* bus addresses are virtual ones plus delta */
	const uint64_t *bus_pages;	/* for every region; NULL: delta counts */
	uint64_t bus_page_size;
	uint64_t page_size;		/* it reaches memory in such pages only; 0: any */
	bool has_fds;			/* queue_fd gives one */
	bool one_fd;			/* the same for all queues */

	/* What it does; may be changed at any time. */
	unsigned resetting;		/* status reads until a reset is done */
	bool stuck;			/* a reset is never done */
	bool gone;			/* status reads 0xff */
	uint8_t sticky_not;		/* status bits that do not stick */
	uint8_t extra_status;		/* status bits of the device's own */
	unsigned fail_at;		/* the n-th op that can fail does; 0: none */
	int fail_with;			/* with this error: EIO at first; negative: it returns
					 * a positive number */
	bool fails_mutely;		/* and without a sentence */
	bool refuse_mem;		/* mem_add: -ENOSPC */
	const void *out_of_reach;	/* mem_add: 1 for what begins here */
	bool remove_complains;		/* mem_remove leaves an error behind */
	bool unstoppable;		/* stop: -ETIMEDOUT */
	int (*on_poll)(struct fake *f);	/* NULL: nothing happened */
	void (*on_stop)(struct fake *f);	/* NULL, or called in the middle of it */
	uint8_t config[64];
	unsigned config_changes;	/* reads during which the space changes */

	/* What happened to it. */
	char trace[4096];
	unsigned fallible;		/* ops that could have failed so far */
	unsigned destructed, deleted, kicks, polls, looks;
	uint8_t status;
	bool dirty_ring;		/* a ring was not all zero at setup_queue */
	uint32_t generation;
	uint64_t accepted;
	struct virtio_mem_region regions[FAKE_REGIONS];
	unsigned nregions, added, removed;
	int fds[FAKE_QUEUES];
	struct virtqueue *vqs[FAKE_QUEUES];
	struct ring_model models[FAKE_QUEUES];
};

/* A device of two queues of 16 that offers all the engine takes. */
void fake_init(struct fake *f);

/* Constructs it, or fails the test. */
void fake_open(struct fake *f);
/* In the state that tests want most: open, negotiated, n queues started. */
void fake_start(struct fake *f, uint16_t n);
void fake_up(struct fake *f, uint16_t n);
/* Ends it whatever state it is in. */
void fake_down(struct fake *f);

/* The result of virtio_dev_construct, for tests that expect it to fail. */
int fake_construct(struct fake *f);

/* Empties the trace. */
void fake_forget(struct fake *f);

/* Has the region been told of and not taken back? */
bool fake_knows(const struct fake *f, const void *addr, size_t len);

/* Submits one writable segment on queue i, flushes, and lets the model take it. */
void fake_post(struct fake *f, unsigned i, void *cookie, void *addr, size_t len);
/* Completes all of queue i, and signals its descriptor if that is wanted. */
void fake_serve(struct fake *f, unsigned i);

/* Descriptors this process has open. */
unsigned count_fds(void);

#endif /* FAKE_DEVICE_H */
