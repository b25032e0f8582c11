/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ring: the driver's side of one virtqueue, split layout for now.
 *
 * It knows memory and barriers and nothing else: no device, no transport, no
 * lock. What decides anything lies here, in private memory; the shared area
 * is written, and what the device writes there is read once and checked.
 * One thread at a time uses a ring, except where a field says otherwise.
 */
#ifndef RING_H
#define RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "memory-map.h"

#define RING_MAX_SIZE		32768
#define RING_MAX_INDIRECT	64
#define RING_MAX_REQUEST	0xfffffffeu	/* writable bytes a used length can count */

/* Flags of a descriptor. */
#define DESC_NEXT	1u
#define DESC_WRITE	2u
#define DESC_INDIRECT	4u

/* VIRTIO 1.3, 2.7.5, little-endian. Relaxed atomics, here and below, since
 * another thread may look who uses what memory (ring_ops.scan). */
struct split_desc {
	_Atomic uint64_t addr;
	_Atomic uint32_t len;
	_Atomic uint16_t flags;
	_Atomic uint16_t next;
};

struct split_avail {
	_Atomic uint16_t flags;
	_Atomic uint16_t idx;
	_Atomic uint16_t ring[];	/* then used_event */
};

struct split_used_elem {
	_Atomic uint32_t id;
	_Atomic uint32_t len;
};

struct split_used {
	_Atomic uint16_t flags;
	_Atomic uint16_t idx;
	struct split_used_elem ring[];	/* then avail_event */
};

/* What is known of a descriptor that heads a request in flight. */
struct ring_slot {
	void *cookie;
	uint32_t writable;		/* bytes the device was offered */
	_Atomic uint16_t ndescs;	/* ring descriptors; 0: no request here */
	uint16_t tail;			/* last of them */
};

/*
 * What may simply be added to the open request: segments with flags from
 * `state` up. Bit DESC_WRITE says how the request ends so far; from LARGE up
 * every add is looked at closely.
 */
#define REQUEST_ANY		0u
#define REQUEST_WRITABLE	DESC_WRITE
#define REQUEST_LARGE		0xfcu	/* its bytes are counted at every step */
#define REQUEST_LARGE_WRITABLE	(REQUEST_LARGE | DESC_WRITE)
#define REQUEST_POISONED	0xfdu
#define REQUEST_NONE		0xffu	/* none is open */

/* The end of the free list and of a table. */
#define RING_END		0x8000u

/* A mem_window as the fast path wants it: user addresses are positive. */
struct ring_window {
	int64_t start;
	int64_t end;		/* 0: empty */
	uint64_t delta;
	uint64_t unused;	/* none is in two cache lines */
};

/* Windows that were found, by the address they were found for: a slot for
 * each granule of addresses, modulo their number. One page of slots is filled
 * and cleared together (ring-windows.c). */
#define RING_WINDOWS	(2 * MEM_MAP_GRANULES)

/* The request that is being built, in the descriptor table or an indirect one. */
struct ring_request {
	uint8_t state;			/* REQUEST_* */
	bool indirect;
	uint16_t count;			/* segments; 0 too if none is open or poisoned */
	uint32_t idx;			/* where the next segment goes, or RING_END */
	uint32_t tail;			/* where the last one went */
	uint32_t head;			/* its place on the free list, which it takes at the end */
	uint32_t before;		/* what came to stand before it there, or RING_END */
	int poison;			/* -errno of the add that failed */
	struct split_desc *table;
	const _Atomic uint32_t *links;	/* what follows each of its descriptors */
	uint64_t bytes[DESC_WRITE + 1];	/* by flags: readable [0], writable [DESC_WRITE] */
	void *cookie;
};

/* A rule that the device broke: a sentence with up to two figures. */
struct ring_violation {
	const char *fmt;
	uint64_t a;
	uint64_t b;
};

struct ring_ops;

/* A ring's shared memory, laid out, and its place on the device's side. */
struct ring_area {
	struct split_desc *desc;
	struct split_avail *avail;
	struct split_used *used;
	struct split_desc *tables;	/* indirect ones, one a descriptor, or NULL */
	uint64_t tables_bus;
	uint32_t table_bytes;		/* of each */
	uint16_t table_len;		/* entries of each */
	uint16_t table_fits;		/* table_len - 1, or 0: see fits_table */
};

struct ring {
	/* Read by every call. */
	const struct ring_ops *ops;
	_Atomic int error;		/* set once, by any thread: 0 or -errno */
	uint32_t size;
	uint32_t mask;
	uint16_t free_head;
	uint16_t free_count;
	uint16_t avail_idx;		/* past the last ended request */
	uint16_t published;		/* as the device sees it */
	uint16_t last_used;
	uint16_t kicked;		/* avail_idx at the last kick decision */
	uint16_t parked;		/* last_used when used_event was written */
	uint32_t map_generation;	/* of the windows */
	uint64_t small;			/* size segments of so many bytes are not LARGE */
	struct mem_map *map;
	struct ring_slot *slots;
	_Atomic uint32_t *next;		/* free list, and chains in flight */
	struct ring_area area;
	struct ring_window window;	/* where the last segment that was looked up lay */
	struct ring_window *windows;	/* RING_WINDOWS of them, of earlier ones */
	uint32_t window_shift;		/* from an address to a window's place, see below */
	struct ring_request request;
	uint32_t windows_used;		/* bit n: something is in page n of them */
	_Atomic uint32_t *table_links;	/* 1, 2, 3: the free list of a table */

	/* Rare. */
	struct ring_violation violation;
	uint64_t len_clamped;
	void **failed;			/* cookies of poisoned requests, a FIFO */
	uint32_t failed_first, failed_count, failed_capacity;
	uint16_t *done;			/* heads the device completed before the stop */
	uint16_t done_first, done_count;
	uint32_t fail_cursor;		/* next slot to look at for lost cookies */
	const void *vq;			/* for probes: who this is, see trace.h */
	uint16_t index;			/* and its number */
	bool deferred;			/* what ended waits for the memory map, see expose */
	bool dead;			/* no request can complete any more */
};

/* One table per shape of a queue, chosen once at start. */
struct ring_ops {
	int (*start)(struct ring *r, void *cookie, unsigned n);
	int (*add_readable)(struct ring *r, const struct iovec *iovs, unsigned n);
	int (*add_writable)(struct ring *r, const struct iovec *iovs, unsigned n);
	int (*submit)(struct ring *r, void *cookie, const struct iovec *iovs, unsigned n_readable,
		      unsigned n_writable);
	/* Ends the open request and publishes; true if a kick is due. */
	bool (*publish)(struct ring *r);
	uint16_t (*poll)(struct ring *r, void **cookies, uint32_t *lens, uint16_t max);
	/* Enables notifications; true if work is there already. */
	bool (*arm)(struct ring *r);
	void (*disarm)(struct ring *r);
	/* Takes what is completed into `done`, for after the stop. */
	void (*harvest)(struct ring *r);
	/* Calls cb for each segment in flight until it returns true. Any thread. */
	bool (*scan)(struct ring *r, bool (*cb)(uint64_t bus, uint64_t len, void *ctx), void *ctx);
};

/* The split layout's, by what was negotiated, and whether the device sees
 * memory elsewhere, in pieces: then it is `wide`. */
const struct ring_ops *ring_split_ops(bool indirect, bool event_idx, bool wide);

/*
 * Makes a ring of size descriptors over a cleared area. Private memory is
 * allocated: 0 or -ENOMEM, and then ring_release may be called.
 */
int ring_init(struct ring *r, const struct ring_ops *ops, uint16_t size,
	      const struct ring_area *area, struct mem_map *map);
void ring_release(struct ring *r);

/* Memory came or went: drops every window. */
void ring_drop_windows(struct ring *r);

/* Makes r->window one that holds addr; false if the device does not know it. */
bool ring_find_window(struct ring *r, int64_t addr);

/* For ring_init and ring_release. 0 or -ENOMEM. */
int ring_windows_init(struct ring *r);
void ring_windows_release(struct ring *r);

/* Drops the open request. */
void ring_abort(struct ring *r);

/* Sets the error if none is set. Any thread. */
void ring_set_error(struct ring *r, int error);

/* Ends all hope for what is in flight: its cookies may be collected as failed. */
void ring_set_dead(struct ring *r);

/* Completions harvested at the stop; as ops->poll. */
uint16_t ring_take_done(struct ring *r, void **cookies, uint32_t *lens, uint16_t max);

/* Poisoned cookies, and those in flight on a dead ring. */
uint16_t ring_take_failed(struct ring *r, void **cookies, uint16_t max);

/* Requests not yet handed back, the open one apart. */
uint16_t ring_in_flight(const struct ring *r);

/* The open request is to fail and not to be sent; returns error. */
int ring_poison(struct ring *r, int error);

/* The ring's memory goes away: an open request with segments is poisoned, an
 * empty one dropped, so that nothing is written there any more. */
void ring_end(struct ring *r);

/* Descriptors that a new request could take. */
uint16_t ring_free_descs(const struct ring *r);

/* The window for what holds addr: the granules modulo RING_WINDOWS, in one shift to
 * an offset in bytes. */
static inline struct ring_window *ring_window_at(const struct ring *r, uint64_t addr)
{
	const uint64_t mask = (RING_WINDOWS - 1) * sizeof(struct ring_window);

	return (struct ring_window *)(void *)((char *)r->windows + (addr >> r->window_shift & mask));
}

static inline bool ring_has_open(const struct ring *r)
{
	return r->request.state != REQUEST_NONE;
}

/* For the layouts: the cookie of a request that is not sent. False if there is
 * no memory to keep it. */
bool ring_fail_cookie(struct ring *r, void *cookie);

/* For the layouts: what an ended, poisoned request leaves behind. False
 * if there is no memory to keep its cookie; the request stays open then. */
bool ring_fail_open(struct ring *r);

#endif /* RING_H */
