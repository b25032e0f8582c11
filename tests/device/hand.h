/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver by hand: one queue in one piece of memory, written straight into
 * the ring and driven on the ops table, so that a test can break any rule.
 *
 * It shares nothing with the engine; what it does not do is on purpose.
 */
#ifndef DEVICE_HAND_H
#define DEVICE_HAND_H

#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/backend.h>

#include "harness.h"

#define SIZE		8u		/* of the queue */
#define MEM_LEN		65536u
#define DESC_AT		0u
#define AVAIL_AT	1024u
#define USED_AT		2048u
#define TABLE_AT	4096u		/* an indirect table */
#define DATA_AT		8192u

#define F_NEXT		1u
#define F_WRITE		2u
#define F_INDIRECT	4u

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

/* A driver by hand: one queue in one piece of told memory. */
struct hand {
	struct virtio_dev vdev;
	const struct virtio_dev_ops *ops;
	struct virtqueue vq;
	struct virtio_mem_region region;
	char *mem;
	struct desc *desc, *table;
	uint16_t *avail;		/* flags, idx, ring, used_event */
	uint16_t *used;
	uint16_t next_avail;
};

#define INDIRECT	(1ull << VIRTIO_RING_F_INDIRECT_DESC)
#define EVENT_IDX	(1ull << VIRTIO_RING_F_EVENT_IDX)
#define VERSION_1	(1ull << VIRTIO_F_VERSION_1)

/* Opens the address; memory is laid out, the device was told nothing yet. */
void hand_open(struct hand *h, const char *address);

/* ACKNOWLEDGE to FEATURES_OK, which may not stick. */
void hand_negotiate(struct hand *h, uint64_t features);

/* All of it, VERSION_1 included, up to DRIVER_OK. */
void hand_up(struct hand *h, const char *address, uint64_t features);

void hand_down(struct hand *h);

/* Sets status bits on top of the others. */
void add_status(struct hand *h, uint8_t bits);

/* A place of the data part of the memory. */
uint64_t data_at(const struct hand *h, unsigned offset);

struct desc make_desc(uint64_t addr, uint32_t len, uint16_t flags, uint16_t next);

/* A flush at the first two of `to`, the ring's descriptors or a table. */
void put_request(struct hand *h, struct desc *to);

/* Makes a head available; tells the device. */
void offer(struct hand *h, uint16_t head);
void notify(struct hand *h);

/* Has all that was made available been used? */
bool is_served(const struct hand *h);

bool needs_reset(struct hand *h);

/* The device has taken offence, says so, and leaves the ring alone. */
void assert_offended(struct hand *h);

/* Offers descriptor 0 as the test has left it, asserts offence, closes. */
void offends(struct hand *h);

#endif /* DEVICE_HAND_H */
