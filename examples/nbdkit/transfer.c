/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ranges of bytes as requests: cut into pieces that the device takes, of
 * whole blocks, through the memory of one slot.
 *
 * Callers want any byte; the device has blocks. A write of part of a block
 * reads the block first, and all other writers wait meanwhile.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "disk.h"

/* A piece of a range: `bytes` of whole blocks, of which `len` from `skip` on count. */
struct piece {
	uint64_t begin;
	uint32_t bytes;
	uint32_t skip;
	uint32_t len;
};

static uint64_t round_down(uint64_t value, uint64_t unit)
{
	return value - value % unit;
}

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return round_down(value + unit - 1, unit);
}

/* The end of a disk is a place to end at, even within a block. */
static uint64_t end_of_block(const struct disk *d, uint64_t offset)
{
	uint64_t size = d->size, end = round_up(offset, d->block);

	return offset <= size && end > size ? size : end;
}

static bool whole_blocks(const struct disk *d, uint64_t offset, uint32_t count)
{
	return offset % d->block == 0 && end_of_block(d, offset + count) == offset + count;
}

static struct piece first_piece(const struct disk *d, uint64_t offset, uint32_t count)
{
	struct piece p = { .begin = round_down(offset, d->block) };

	p.skip = (uint32_t)(offset - p.begin);
	p.len = count < d->chunk - p.skip ? count : d->chunk - p.skip;
	p.bytes = (uint32_t)(end_of_block(d, offset + p.len) - p.begin);
	return p;
}

int disk_read(struct disk *d, char *buf, uint32_t count, uint64_t offset)
{
	struct slot *s = slot_get(d);
	int err = 0;

	if (!s)
		return -EIO;
	while (count && !err) {
		struct piece p = first_piece(d, offset, count);

		err = queue_run(d, s, VIRTIO_BLK_T_IN, p.begin, p.bytes);
		if (!err)
			memcpy(buf, s->data + p.skip, p.len);
		buf += p.len;
		offset += p.len;
		count -= p.len;
	}
	slot_put(d, s);
	return err;
}

static int write_piece(struct disk *d, struct slot *s, const char *buf, const struct piece *p)
{
	int err = 0;

	if (p->len != p->bytes)
		err = queue_run(d, s, VIRTIO_BLK_T_IN, p->begin, p->bytes);
	if (err)
		return err;
	if (buf)
		memcpy(s->data + p->skip, buf, p->len);
	else
		memset(s->data + p->skip, 0, p->len);
	return queue_run(d, s, VIRTIO_BLK_T_OUT, p->begin, p->bytes);
}

static int write_locked(struct disk *d, const char *buf, uint32_t count, uint64_t offset)
{
	struct slot *s = slot_get(d);
	int err = 0;

	if (!s)
		return -EIO;
	while (count && !err) {
		struct piece p = first_piece(d, offset, count);

		err = write_piece(d, s, buf, &p);
		buf = buf ? buf + p.len : NULL;
		offset += p.len;
		count -= p.len;
	}
	slot_put(d, s);
	return err;
}

int disk_write(struct disk *d, const char *buf, uint32_t count, uint64_t offset)
{
	int err;

	if (whole_blocks(d, offset, count))
		pthread_rwlock_rdlock(&d->blocks);
	else
		pthread_rwlock_wrlock(&d->blocks);
	err = write_locked(d, buf, count, offset);
	pthread_rwlock_unlock(&d->blocks);
	return err;
}

/* Without a write cache what was written is safe already. */
int disk_flush(struct disk *d)
{
	struct slot *s;
	int err;

	if (!d->write_back)
		return d->lost ? -EIO : 0;
	s = slot_get(d);
	if (!s)
		return -EIO;
	err = queue_run(d, s, VIRTIO_BLK_T_FLUSH, 0, 0);
	slot_put(d, s);
	return err;
}

/* How a request names a range, what it may be as long as, where to cut. */
struct range_kind {
	uint32_t type;
	uint32_t flags;
	uint64_t max;
	uint64_t unit;
};

static uint64_t cut(const struct range_kind *k, uint64_t begin, uint64_t end)
{
	uint64_t at = begin + k->max;

	if (at >= end)
		return end;
	return round_down(at, k->unit) > begin ? round_down(at, k->unit) : at;
}

static int run_ranges(struct disk *d, const struct range_kind *k, uint64_t begin, uint64_t end)
{
	struct slot *s = slot_get(d);
	int err = s ? 0 : -EIO;

	while (begin < end && !err) {
		uint64_t next = cut(k, begin, end);
		struct virtio_blk_discard_write_zeroes range = {
			.sector = htole64(begin / SECTOR),
			.num_sectors = htole32((uint32_t)((next - begin) / SECTOR)),
			.flags = htole32(k->flags),
		};

		memcpy(s->data, &range, sizeof(range));
		err = queue_run(d, s, k->type, 0, sizeof(range));
		begin = next;
	}
	if (s)
		slot_put(d, s);
	return err;
}

static int write_ranges(struct disk *d, const struct range_kind *k, uint64_t begin, uint64_t end)
{
	int err;

	pthread_rwlock_rdlock(&d->blocks);
	err = run_ranges(d, k, begin, end);
	pthread_rwlock_unlock(&d->blocks);
	return err;
}

/* A wish: parts of blocks are left as they are. */
int disk_trim(struct disk *d, uint32_t count, uint64_t offset)
{
	struct range_kind k = { VIRTIO_BLK_T_DISCARD, 0, d->trim_max, d->trim_unit };
	uint64_t begin = round_up(offset, d->block), end = offset + count;

	if (end != d->size)
		end = round_down(end, d->block);
	return write_ranges(d, &k, begin, end);
}

/* Parts of blocks at both ends are written. */
int disk_zero(struct disk *d, uint32_t count, uint64_t offset, bool may_unmap)
{
	struct range_kind k = { VIRTIO_BLK_T_WRITE_ZEROES, 0, d->zero_max, d->block };
	uint64_t begin = round_up(offset, d->block), end = offset + count;
	uint64_t last = end == d->size ? end : round_down(end, d->block);
	int err = 0;

	if (begin >= last)
		return disk_write(d, NULL, count, offset);
	if (may_unmap && d->zero_may_unmap)
		k.flags = VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;
	if (begin > offset)
		err = disk_write(d, NULL, (uint32_t)(begin - offset), offset);
	if (!err)
		err = write_ranges(d, &k, begin, last);
	if (!err && last < end)
		err = disk_write(d, NULL, (uint32_t)(end - last), last);
	return err;
}
