/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The block device behind the rings: requests (blk.c) and configuration
 * space (blk-config.c), by VIRTIO 1.3, 5.2.
 *
 * It knows bytes of a request and bytes of a store, no descriptors and no
 * queue. What changes while requests run is atomic.
 */
#ifndef LOOPBACK_BLK_H
#define LOOPBACK_BLK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_blk.h>

#include "chain.h"
#include "store.h"

#define SECTOR_SIZE		512u
#define BLK_MAX_RANGE_SECTORS	(1u << 22)	/* 2 GiB in one DISCARD range */
#define BLK_MAX_RANGES		16u		/* ranges in one DISCARD */

struct blk {
	struct store store;
	uint64_t sectors;
	bool readonly;
	char serial[VIRTIO_BLK_ID_BYTES];	/* padded with NULs, maybe none */
	uint32_t block_size;
	uint32_t seg_max;
	uint32_t size_max;		/* 0: none is offered */
	uint32_t max_segments;		/* data segments of a request, enforced */
	uint16_t num_queues;
	uint64_t offered;		/* feature bits that shape the config space */
	uint64_t features;		/* negotiated; set while no request runs */
	uint32_t config_len;		/* bytes that can be read */
	_Atomic uint8_t writeback;	/* 0: each write is followed by a flush */
	_Atomic uint32_t generation;	/* of the configuration space */
};

/* Features that the class offers by default, of those that blk serves. */
uint64_t blk_default_features(const struct blk *blk);

/*
 * Serves one request to its end and writes its status byte. Returns how many
 * bytes of the writable part were written, the status included; 0 if there
 * was no room for a status.
 */
uint32_t blk_serve(struct blk *blk, struct chain *chain);

/* After negotiation, and after a reset (no features). */
void blk_set_features(struct blk *blk, uint64_t features);

/* The length of the space that the offered features imply. */
uint32_t blk_config_length(uint64_t offered);

/* 0, or -EINVAL with a sentence. */
int blk_config_read(const struct blk *blk, uint64_t offset, void *dst, uint32_t len);
int blk_config_write(struct blk *blk, uint64_t offset, const void *src, uint32_t len);

#endif /* LOOPBACK_BLK_H */
