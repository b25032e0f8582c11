/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio block device: open, limits, start, close.
 *
 * Every figure of the configuration space is the device's word: read once,
 * checked (HARD-CFG-3, HARD-NQ-1), and only the checked copy is used.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>

#include <virtio-poll/backend.h>

#include "address.h"
#include "blk.h"
#include "command.h"
#include "config-space.h"
#include "interrupt.h"

#define BIT(n) (UINT64_C(1) << (n))

#define WANTED_FEATURES (BIT(VIRTIO_BLK_F_SIZE_MAX) | BIT(VIRTIO_BLK_F_SEG_MAX) | \
			 BIT(VIRTIO_BLK_F_RO) | BIT(VIRTIO_BLK_F_BLK_SIZE) | \
			 BIT(VIRTIO_BLK_F_FLUSH) | BIT(VIRTIO_BLK_F_MQ) | \
			 BIT(VIRTIO_BLK_F_WRITE_ZEROES))

/* So that a server that really writes them does not look silent. */
#define ZERO_BYTES_MAX (16u << 20)
/* Larger blocks are nothing that a medium has. */
#define BLOCK_SIZE_MAX 65536
/* Data segments that blk_submit has room for. */
#define SEGMENTS_MAX 254
#define INTERRUPTED_CLOSE_MS 1000
#define LOOK_EVERY_NS 10000000
#define NS_PER_MS 1000000

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* The field at offset if the device gives it, else `otherwise`. */
static uint64_t field(const struct blk *blk, const struct config_bytes *c, unsigned feature,
		      unsigned offset, unsigned width, uint64_t otherwise)
{
	if (!(blk->vdev.negotiated_features & BIT(feature)) || offset + width > c->len)
		return otherwise;
	return config_number(c, offset, width);
}

static void set_limits(struct blk *blk, const struct config_bytes *c)
{
	uint64_t size_max = field(blk, c, VIRTIO_BLK_F_SIZE_MAX, 8, 4, 0);
	uint64_t seg_max = field(blk, c, VIRTIO_BLK_F_SEG_MAX, 12, 4, 1);
	uint64_t block = field(blk, c, VIRTIO_BLK_F_BLK_SIZE, 20, 4, SECTOR_SIZE);
	uint64_t queues = field(blk, c, VIRTIO_BLK_F_MQ, 34, 2, 1);

	/* No segment and no queue at all: nothing a device can mean. */
	blk->segment_max = size_max ? (uint32_t)size_max : UINT32_MAX;
	blk->segments = !seg_max ? 1 : seg_max > SEGMENTS_MAX ? SEGMENTS_MAX : (uint32_t)seg_max;
	blk->queues = !queues ? 1 : queues > VIRTIO_MAX_VIRTQUEUES ? VIRTIO_MAX_VIRTQUEUES
								   : (uint16_t)queues;
	blk->block_size = (uint32_t)block;
	if (block < SECTOR_SIZE || block > BLOCK_SIZE_MAX || block & (block - 1)) {
		complain("the device says it has blocks of %" PRIu64 " bytes: taking %u", block,
			 SECTOR_SIZE);
		blk->block_size = SECTOR_SIZE;
	}
}

/* What one WRITE_ZEROES may cover, in whole blocks. */
static void set_zero_limits(struct blk *blk, const struct config_bytes *c)
{
	uint64_t sectors = field(blk, c, VIRTIO_BLK_F_WRITE_ZEROES, 48, 4, 0);
	uint64_t segments = field(blk, c, VIRTIO_BLK_F_WRITE_ZEROES, 52, 4, 0);
	uint64_t bytes = segments ? sectors * SECTOR_SIZE : 0;

	if (bytes > ZERO_BYTES_MAX)
		bytes = ZERO_BYTES_MAX;
	blk->zero_max = (uint32_t)bytes & ~(blk->block_size - 1);
	blk->zero_unmaps = field(blk, c, VIRTIO_BLK_F_WRITE_ZEROES, 56, 1, 0) == 1;
}

static int check_limits(const struct blk *blk)
{
	if (blk_request_limit(blk))
		return EXIT_DONE;
	complain("%s: the device takes %" PRIu32 " segments of %" PRIu32 " bytes in a request: "
		 "not one block of %" PRIu32 " bytes", blk->address, blk->segments,
		 blk->segment_max, blk->block_size);
	return EXIT_FAILED;
}

static int read_limits(struct blk *blk)
{
	struct config_bytes c;

	if (config_read(&blk->vdev, config_layout_find(VIRTIO_ID_BLOCK), &c))
		return library_failure();
	blk->capacity = config_number(&c, 0, 8);
	if (blk->capacity > INT64_MAX / SECTOR_SIZE) {
		complain("%s: the device says it has %" PRIu64 " sectors, more than any file",
			 blk->address, blk->capacity);
		return EXIT_FAILED;
	}
	set_limits(blk, &c);
	set_zero_limits(blk, &c);
	return check_limits(blk);
}

static int check_type(struct blk *blk)
{
	uint16_t type = virtio_dev_get_device_id(&blk->vdev);
	const char *name = virtio_device_type_name(type);

	if (!type || type == VIRTIO_ID_BLOCK)
		return EXIT_DONE;
	complain("%s is no block device but of type %s", blk->address, name ? name : "unknown");
	return EXIT_FAILED;
}

int blk_open(struct blk *blk, const char *address, uint64_t timeout_ms)
{
	int status;

	*blk = (struct blk){ .address = address, .timeout_ms = timeout_ms };
	status = open_device(&blk->vdev, address, blk_patience(blk));
	if (status != EXIT_DONE)
		return status;
	blk_heard(blk, now_ns());
	status = check_type(blk);
	if (status == EXIT_DONE && virtio_dev_reset(&blk->vdev, WANTED_FEATURES))
		status = library_failure();
	blk->read_only = virtio_dev_has_feature(&blk->vdev, VIRTIO_BLK_F_RO);
	blk->can_flush = virtio_dev_has_feature(&blk->vdev, VIRTIO_BLK_F_FLUSH);
	if (status == EXIT_DONE)
		status = read_limits(blk);
	if (status != EXIT_DONE)
		blk_close(blk);
	return status;
}

/* A request has to fit its queue, with header and status. */
static int fit_segments(struct blk *blk)
{
	for (unsigned i = 0; i < blk->queues; i++) {
		unsigned size = virtqueue_size(blk->vdev.vqs[i]);

		if (size < 3) {
			complain("queue %u of %s has %u descriptor%s, and a request takes 3: give "
				 "a larger queue-size", i, blk->address, size, size == 1 ? "" : "s");
			return EXIT_FAILED;
		}
		if (blk->segments > size - 2)
			blk->segments = size - 2;
	}
	return EXIT_DONE;
}

int blk_start(struct blk *blk, unsigned queues)
{
	int status = EXIT_DONE, err;

	if (queues < blk->queues)
		blk->queues = (uint16_t)queues;
	blk_heard(blk, now_ns());
	err = virtio_dev_start(&blk->vdev, blk->queues, 0);
	if (err) {
		blk_complain_memory(blk, err);
		status = EXIT_FAILED;
	} else {
		interrupt_hold(true);
		/* HARD-NQ-2: the transport may have fewer than the configuration says. */
		blk->queues = blk->vdev.max_queues;
		blk_heard(blk, now_ns());
		status = fit_segments(blk);
		if (status == EXIT_DONE)
			status = check_limits(blk);
	}
	if (status != EXIT_DONE)
		blk_close(blk);
	return status;
}

void blk_heard(struct blk *blk, uint64_t now)
{
	blk->owes_since_ns = now;
}

/* For stopping or for closing, each of which may take that long. */
static uint64_t reserve_ms(const struct blk *blk)
{
	uint64_t reserve = blk->timeout_ms / 10;

	return reserve < 1 ? 1 : reserve > 200 ? 200 : reserve;
}

uint64_t blk_patience(const struct blk *blk)
{
	uint64_t reserve = 2 * reserve_ms(blk);

	return blk->timeout_ms > reserve ? blk->timeout_ms - reserve : 1;
}

/* What is left of the timeout, `keep` less, is the deadline of the next call. */
static void set_deadline(struct blk *blk, uint64_t keep_ms)
{
	uint64_t least = reserve_ms(blk), left = least;
	uint64_t gone = (now_ns() - blk->owes_since_ns) / NS_PER_MS + keep_ms;

	if (gone + least < blk->timeout_ms)
		left = blk->timeout_ms - gone;
	if (interrupted() && left > INTERRUPTED_CLOSE_MS)
		left = INTERRUPTED_CLOSE_MS;
	(void)!virtio_dev_set_timeout(&blk->vdev, (int)left);
}

void blk_close(struct blk *blk)
{
	int err;

	if (!blk->vdev.priv)
		return;
	set_deadline(blk, reserve_ms(blk));
	err = virtio_dev_stop(&blk->vdev);
	/* One that is gone has been told of. */
	if (err && err != -ECONNRESET && err != -ENODEV)
		complain("warning: stopping %s: %s", blk->address, library_sentence());
	set_deadline(blk, 0);
	virtio_dev_destruct(&blk->vdev);
	interrupt_hold(false);
}

bool blk_needs_reset(struct blk *blk)
{
	uint32_t events = 0;

	/* HARD-STAT-1 */
	if (virtio_dev_poll_events(&blk->vdev, &events) || !(events & VIRTIO_EVENT_NEEDS_RESET))
		return false;
	complain("%s: the device asks for a reset", blk->address);
	return true;
}

bool blk_look(struct blk *blk, uint64_t now)
{
	if (now - blk->looked_ns < LOOK_EVERY_NS)
		return false;
	blk->looked_ns = now;
	return blk_needs_reset(blk);
}

uint32_t blk_request_limit(const struct blk *blk)
{
	uint64_t bytes = (uint64_t)blk->segment_max * blk->segments;
	uint32_t limit = 1u << 30;

	if (bytes < limit)
		limit = (uint32_t)bytes;
	return limit & ~(blk->block_size - 1);
}
