/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The block device's requests (VIRTIO 1.3, 5.2.6): one row per type.
 *
 * Called for one request at a time per queue, on the queue's or the worker's
 * thread. A request that makes no sense is answered with a status, for the
 * ring it came through is in order; it never stops the device.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>

#include "blk.h"

#define BIT(n) (UINT64_C(1) << (n))

struct request {
	uint64_t sector;
	struct chain *chain;	/* header and status taken off */
	uint64_t written;	/* bytes of data written to the driver */
};

static bool in_bounds(const struct blk *blk, uint64_t sector, uint64_t count)
{
	return sector <= blk->sectors && count <= blk->sectors - sector;
}

static bool segments_fit(const struct blk *blk, const struct span *data)
{
	if (data->n > blk->max_segments)
		return false;
	if (blk->size_max)
		for (uint32_t i = 0; i < data->n; i++)
			if (data->iov[i].iov_len > blk->size_max)
				return false;
	return true;
}

static bool data_fits(const struct blk *blk, uint64_t sector, const struct span *data)
{
	return data->len % SECTOR_SIZE == 0 &&
	       in_bounds(blk, sector, data->len / SECTOR_SIZE) && segments_fit(blk, data);
}

static uint8_t serve_read(struct blk *blk, struct request *req)
{
	uint64_t len = req->chain->in.len;

	if (!data_fits(blk, req->sector, &req->chain->in) ||
	    blk->store.ops->read(&blk->store, req->sector * SECTOR_SIZE, &req->chain->in))
		return VIRTIO_BLK_S_IOERR;
	req->written = len;
	return VIRTIO_BLK_S_OK;
}

static uint8_t flush(struct blk *blk)
{
	return blk->store.ops->flush(&blk->store) ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
}

/* What was changed must be safe before the answer, unless the driver flushes. */
static uint8_t changed(struct blk *blk, int err)
{
	if (err)
		return VIRTIO_BLK_S_IOERR;
	return atomic_load_explicit(&blk->writeback, memory_order_relaxed) ?
	       VIRTIO_BLK_S_OK : flush(blk);
}

static uint8_t serve_write(struct blk *blk, struct request *req)
{
	if (!data_fits(blk, req->sector, &req->chain->out))
		return VIRTIO_BLK_S_IOERR;
	return changed(blk, blk->store.ops->write(&blk->store, req->sector * SECTOR_SIZE,
						  &req->chain->out));
}

static uint8_t serve_flush(struct blk *blk, struct request *req)
{
	(void)req;
	return flush(blk);
}

static uint8_t serve_get_id(struct blk *blk, struct request *req)
{
	req->written = chain_fill(req->chain, blk->serial, sizeof(blk->serial));
	return VIRTIO_BLK_S_OK;
}

static int discard_range(struct blk *blk, uint64_t offset, uint64_t len, uint32_t flags)
{
	(void)flags;
	return blk->store.ops->discard(&blk->store, offset, len);
}

static int zero_range(struct blk *blk, uint64_t offset, uint64_t len, uint32_t flags)
{
	return blk->store.ops->zero(&blk->store, offset, len,
				    flags & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
}

typedef int (*range_fn)(struct blk *blk, uint64_t offset, uint64_t len, uint32_t flags);

/* All ranges are checked before the first is changed: 0 or the status. */
static uint8_t read_ranges(const struct blk *blk, struct chain *chain, uint32_t flags_allowed,
			   struct virtio_blk_discard_write_zeroes *ranges, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t count;

		chain_pull(chain, &ranges[i], sizeof(ranges[i]));
		count = le32toh(ranges[i].num_sectors);
		if (le32toh(ranges[i].flags) & ~flags_allowed)
			return VIRTIO_BLK_S_UNSUPP;
		if (count > BLK_MAX_RANGE_SECTORS ||
		    !in_bounds(blk, le64toh(ranges[i].sector), count))
			return VIRTIO_BLK_S_IOERR;
	}
	return VIRTIO_BLK_S_OK;
}

static uint8_t serve_ranges(struct blk *blk, struct request *req, uint32_t flags_allowed,
			    range_fn change)
{
	struct virtio_blk_discard_write_zeroes ranges[BLK_MAX_RANGES];
	uint64_t n = req->chain->out.len / sizeof(ranges[0]);
	uint8_t status;
	int err = 0;

	if (req->chain->out.len % sizeof(ranges[0]) || n == 0 || n > BLK_MAX_RANGES)
		return VIRTIO_BLK_S_IOERR;
	status = read_ranges(blk, req->chain, flags_allowed, ranges, (uint32_t)n);
	if (status != VIRTIO_BLK_S_OK)
		return status;
	for (uint32_t i = 0; i < n && !err; i++)
		if (ranges[i].num_sectors)
			err = change(blk, le64toh(ranges[i].sector) * SECTOR_SIZE,
				     (uint64_t)le32toh(ranges[i].num_sectors) * SECTOR_SIZE,
				     le32toh(ranges[i].flags));
	return changed(blk, err);
}

static uint8_t serve_discard(struct blk *blk, struct request *req)
{
	return serve_ranges(blk, req, 0, discard_range);
}

static uint8_t serve_write_zeroes(struct blk *blk, struct request *req)
{
	return serve_ranges(blk, req, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP, zero_range);
}

static const struct request_type {
	uint32_t type;
	bool changes;		/* refused on a read-only device */
	uint64_t needs;		/* features without which it is unknown */
	uint8_t (*serve)(struct blk *blk, struct request *req);
} types[] = {
	{ VIRTIO_BLK_T_IN,	false, 0,			     serve_read },
	{ VIRTIO_BLK_T_OUT,	true,  0,			     serve_write },
	{ VIRTIO_BLK_T_FLUSH,	false, BIT(VIRTIO_BLK_F_FLUSH),	     serve_flush },
	{ VIRTIO_BLK_T_GET_ID,	false, 0,			     serve_get_id },
	{ VIRTIO_BLK_T_DISCARD,	true,  BIT(VIRTIO_BLK_F_DISCARD),    serve_discard },
	{ VIRTIO_BLK_T_WRITE_ZEROES, true, BIT(VIRTIO_BLK_F_WRITE_ZEROES), serve_write_zeroes },
};

static const struct request_type *find_type(const struct blk *blk, uint32_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type && !(types[i].needs & ~blk->features))
			return &types[i];
	return NULL;
}

static uint8_t serve(struct blk *blk, struct request *req)
{
	struct virtio_blk_outhdr header;
	const struct request_type *type;

	if (!chain_pull(req->chain, &header, sizeof(header)))
		return VIRTIO_BLK_S_IOERR;
	type = find_type(blk, le32toh(header.type));
	if (!type)
		return VIRTIO_BLK_S_UNSUPP;
	if (type->changes && blk->readonly)
		return VIRTIO_BLK_S_IOERR;
	req->sector = le64toh(header.sector);
	return type->serve(blk, req);
}

uint32_t blk_serve(struct blk *blk, struct chain *chain)
{
	uint8_t *status = chain_take_last(chain);
	struct request req = { .chain = chain };

	if (!status)
		return 0;
	*status = serve(blk, &req);
	return req.written < UINT32_MAX ? (uint32_t)req.written + 1 : UINT32_MAX;
}

uint64_t blk_default_features(const struct blk *blk)
{
	return BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_BLK_SIZE) |
	       BIT(VIRTIO_BLK_F_FLUSH) | BIT(VIRTIO_BLK_F_TOPOLOGY) |
	       BIT(VIRTIO_BLK_F_CONFIG_WCE) | BIT(VIRTIO_BLK_F_MQ) |
	       BIT(VIRTIO_BLK_F_DISCARD) | BIT(VIRTIO_BLK_F_WRITE_ZEROES) |
	       (blk->size_max ? BIT(VIRTIO_BLK_F_SIZE_MAX) : 0) |
	       (blk->readonly ? BIT(VIRTIO_BLK_F_RO) : 0);
}

/* Without FLUSH the driver could not make writes safe, so the device does. */
void blk_set_features(struct blk *blk, uint64_t features)
{
	blk->features = features;
	atomic_store(&blk->writeback, features & BIT(VIRTIO_BLK_F_FLUSH) ? 1 : 0);
}
