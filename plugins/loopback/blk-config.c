/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The block device's configuration space (VIRTIO 1.3, 5.2.4): as long as the
 * offered features say, little-endian, with one writable byte.
 *
 * Called by the control arm only, one call at a time.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <virtio-poll/backend.h>

#include "blk.h"

/* The end of a feature's last field: what the space must reach up to. */
static const struct config_field {
	uint8_t bit;
	uint8_t end;
} fields[] = {
#define FIELD_END(name) \
	(offsetof(struct virtio_blk_config, name) + \
	 sizeof(((struct virtio_blk_config *)0)->name))
	{ VIRTIO_BLK_F_SIZE_MAX,	FIELD_END(size_max) },
	{ VIRTIO_BLK_F_SEG_MAX,		FIELD_END(seg_max) },
	{ VIRTIO_BLK_F_GEOMETRY,	FIELD_END(geometry) },
	{ VIRTIO_BLK_F_BLK_SIZE,	FIELD_END(blk_size) },
	{ VIRTIO_BLK_F_TOPOLOGY,	FIELD_END(opt_io_size) },
	{ VIRTIO_BLK_F_CONFIG_WCE,	FIELD_END(wce) },
	{ VIRTIO_BLK_F_MQ,		FIELD_END(num_queues) },
	{ VIRTIO_BLK_F_DISCARD,		FIELD_END(discard_sector_alignment) },
	{ VIRTIO_BLK_F_WRITE_ZEROES,	FIELD_END(unused1) },
};

uint32_t blk_config_length(uint64_t offered)
{
	uint32_t len = FIELD_END(capacity);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (offered & UINT64_C(1) << fields[i].bit && fields[i].end > len)
			len = fields[i].end;
	return len;
}

static bool offers(const struct blk *blk, unsigned bit)
{
	return blk->offered & UINT64_C(1) << bit;
}

static void fill(const struct blk *blk, struct virtio_blk_config *config)
{
	*config = (struct virtio_blk_config){ .capacity = htole64(blk->sectors) };
	if (offers(blk, VIRTIO_BLK_F_SIZE_MAX))
		config->size_max = htole32(blk->size_max);
	if (offers(blk, VIRTIO_BLK_F_SEG_MAX))
		config->seg_max = htole32(blk->seg_max);
	if (offers(blk, VIRTIO_BLK_F_BLK_SIZE))
		config->blk_size = htole32(blk->block_size);
	if (offers(blk, VIRTIO_BLK_F_TOPOLOGY))
		config->min_io_size = htole16(1);
	if (offers(blk, VIRTIO_BLK_F_CONFIG_WCE))
		config->wce = atomic_load(&blk->writeback);
	if (offers(blk, VIRTIO_BLK_F_MQ))
		config->num_queues = htole16(blk->num_queues);
	if (offers(blk, VIRTIO_BLK_F_DISCARD)) {
		config->max_discard_sectors = htole32(BLK_MAX_RANGE_SECTORS);
		config->max_discard_seg = htole32(BLK_MAX_RANGES);
		config->discard_sector_alignment = htole32(blk->block_size / SECTOR_SIZE);
	}
	if (offers(blk, VIRTIO_BLK_F_WRITE_ZEROES)) {
		config->max_write_zeroes_sectors = htole32(BLK_MAX_RANGE_SECTORS);
		config->max_write_zeroes_seg = htole32(BLK_MAX_RANGES);
		config->write_zeroes_may_unmap = 1;
	}
}

int blk_config_read(const struct blk *blk, uint64_t offset, void *dst, uint32_t len)
{
	struct virtio_blk_config config;

	if (offset > blk->config_len || len > blk->config_len - offset)
		return virtio_set_error(EINVAL, "%" PRIu32 " bytes at offset %" PRIu64
					" are not in the %" PRIu32 " bytes of configuration"
					" space that the offered features give", len, offset,
					blk->config_len);
	fill(blk, &config);
	memcpy(dst, (const char *)&config + offset, len);
	return 0;
}

int blk_config_write(struct blk *blk, uint64_t offset, const void *src, uint32_t len)
{
	uint8_t value;

	if (offset != offsetof(struct virtio_blk_config, wce) || len != 1 ||
	    !(blk->features & UINT64_C(1) << VIRTIO_BLK_F_CONFIG_WCE))
		return virtio_set_error(EINVAL, "%" PRIu32 " bytes at offset %" PRIu64
					" cannot be written: only the byte at %zu can, and after"
					" VIRTIO_BLK_F_CONFIG_WCE was negotiated", len, offset,
					offsetof(struct virtio_blk_config, wce));
	memcpy(&value, src, 1);
	if (value > 1)
		return virtio_set_error(EINVAL, "writeback=%u: it can be 0 or 1", value);
	atomic_store(&blk->writeback, value);
	atomic_fetch_add(&blk->generation, 1);
	return 0;
}
