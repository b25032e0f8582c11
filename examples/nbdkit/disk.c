/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opens a virtio block device, reads its limits, gets memory for requests,
 * starts its queues; and ends all that.
 *
 * What stands in configuration space is the device's word: it is read once
 * and checked, and only the checked copy in struct disk is used.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <linux/virtio_ids.h>

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#include "disk.h"

#define BIT(n) (UINT64_C(1) << (n))
#define BLOCK_MAX 65536u

/* What this program makes use of, and where in configuration space that ends. */
static const struct {
	unsigned feature;
	unsigned config_end;
} wanted[] = {
	{ VIRTIO_BLK_F_SIZE_MAX, offsetof(struct virtio_blk_config, seg_max) },
	{ VIRTIO_BLK_F_SEG_MAX, offsetof(struct virtio_blk_config, geometry) },
	{ VIRTIO_BLK_F_RO, 0 },
	{ VIRTIO_BLK_F_BLK_SIZE, offsetof(struct virtio_blk_config, physical_block_exp) },
	{ VIRTIO_BLK_F_FLUSH, 0 },
	{ VIRTIO_BLK_F_MQ, offsetof(struct virtio_blk_config, max_discard_sectors) },
	{ VIRTIO_BLK_F_DISCARD, offsetof(struct virtio_blk_config, max_write_zeroes_sectors) },
	{ VIRTIO_BLK_F_WRITE_ZEROES, offsetof(struct virtio_blk_config, unused1) },
};

static int library_failed(int err)
{
	nbdkit_error("%s", virtio_last_error());
	return err;
}

/* No more of it than the features imply: servers refuse to show what is not there. */
static int read_config(struct disk *d, struct virtio_blk_config *c)
{
	unsigned len = sizeof(c->capacity);
	int err;

	memset(c, 0, sizeof(*c));
	for (unsigned i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (virtio_dev_has_feature(&d->dev, wanted[i].feature) &&
		    wanted[i].config_end > len)
			len = wanted[i].config_end;
	err = virtio_dev_read_dev_config(&d->dev, 0, c, (int)len);
	return err ? library_failed(err) : 0;
}

static int set_size(struct disk *d, uint64_t sectors)
{
	if (sectors > INT64_MAX / SECTOR) {
		nbdkit_error("%s: the device says it has %" PRIu64 " sectors, no file is that "
			     "large", d->address, sectors);
		return -EINVAL;
	}
	atomic_store(&d->size, sectors * SECTOR);
	return 0;
}

int disk_update_size(struct disk *d)
{
	struct virtio_blk_config c;
	int err;

	pthread_mutex_lock(&d->control);
	err = read_config(d, &c);
	if (!err)
		err = set_size(d, le64toh(c.capacity));
	pthread_mutex_unlock(&d->control);
	return err;
}

/* A limit that the device gives, if its feature was negotiated; 0 is none. */
static uint32_t limit(struct disk *d, unsigned feature, uint32_t value, uint32_t otherwise)
{
	return virtio_dev_has_feature(&d->dev, feature) && value ? value : otherwise;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void set_block_limits(struct disk *d, const struct virtio_blk_config *c)
{
	d->block = limit(d, VIRTIO_BLK_F_BLK_SIZE, le32toh(c->blk_size), SECTOR);
	if (d->block < SECTOR || d->block > BLOCK_MAX || (d->block & (d->block - 1)))
		d->block = SECTOR;
	d->segment_max = limit(d, VIRTIO_BLK_F_SIZE_MAX, le32toh(c->size_max), UINT32_MAX);
	d->segments = limit(d, VIRTIO_BLK_F_SEG_MAX, le32toh(c->seg_max), 1);
	d->n_queues = limit(d, VIRTIO_BLK_F_MQ, le16toh(c->num_queues), 1);
	d->n_queues = smaller(d->n_queues, QUEUES_MAX);
	d->read_only = virtio_dev_has_feature(&d->dev, VIRTIO_BLK_F_RO);
	d->write_back = virtio_dev_has_feature(&d->dev, VIRTIO_BLK_F_FLUSH);
}

/* Each request has one range, so the limits on their number do not matter. */
static void set_range_limits(struct disk *d, const struct virtio_blk_config *c)
{
	uint64_t most = UINT32_MAX / SECTOR * SECTOR / d->block * d->block;
	uint64_t unit = limit(d, VIRTIO_BLK_F_DISCARD, le32toh(c->discard_sector_alignment), 1);
	uint32_t sectors;

	if (virtio_dev_has_feature(&d->dev, VIRTIO_BLK_F_DISCARD)) {
		sectors = limit(d, VIRTIO_BLK_F_DISCARD, le32toh(c->max_discard_sectors),
				UINT32_MAX);
		d->trim_max = (uint64_t)sectors * SECTOR / d->block * d->block;
		d->trim_max = d->trim_max < most ? d->trim_max : most;
	}
	d->trim_unit = unit * SECTOR % d->block ? d->block : unit * SECTOR;
	if (virtio_dev_has_feature(&d->dev, VIRTIO_BLK_F_WRITE_ZEROES)) {
		sectors = limit(d, VIRTIO_BLK_F_WRITE_ZEROES,
				le32toh(c->max_write_zeroes_sectors), UINT32_MAX);
		d->zero_max = (uint64_t)sectors * SECTOR / d->block * d->block;
		d->zero_max = d->zero_max < most ? d->zero_max : most;
	}
	d->zero_may_unmap = c->write_zeroes_may_unmap == 1;
}

static int negotiate(struct disk *d)
{
	uint16_t type = virtio_dev_get_device_id(&d->dev);
	struct virtio_blk_config c;
	uint64_t features = 0;
	int err;

	/* 0: the transport does not know. */
	if (type && type != VIRTIO_ID_BLOCK) {
		nbdkit_error("%s is no block device", d->address);
		return -ENODEV;
	}
	for (unsigned i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		features |= BIT(wanted[i].feature);
	err = virtio_dev_reset(&d->dev, features);
	if (err)
		return library_failed(err);
	err = read_config(d, &c);
	if (err)
		return err;
	set_block_limits(d, &c);
	set_range_limits(d, &c);
	return set_size(d, le64toh(c.capacity));
}

/* A request has to fit its queue, together with header and status. */
static int start(struct disk *d)
{
	int err = virtio_dev_start(&d->dev, (uint16_t)d->n_queues, 0);

	if (err)
		return library_failed(err);
	/* The transport may have fewer queues than configuration space says. */
	d->n_queues = smaller(d->n_queues, d->dev.max_queues);
	d->segments = smaller(d->segments, SEGMENTS_MAX);
	for (unsigned i = 0; i < d->n_queues; i++) {
		uint32_t size = virtqueue_size(d->dev.vqs[i]);

		d->queues[i].vq = d->dev.vqs[i];
		d->segments = smaller(d->segments, size > 2 ? size - 2 : 0);
	}
	d->chunk = CHUNK;
	if ((uint64_t)d->segments * d->segment_max < CHUNK)
		d->chunk = d->segments * d->segment_max / d->block * d->block;
	if (d->chunk)
		return 0;
	nbdkit_error("%s takes %" PRIu32 " segments of %" PRIu32 " bytes in a request, not one "
		     "block of %" PRIu32, d->address, d->segments, d->segment_max, d->block);
	return -EINVAL;
}

/* Data is aligned so that no chunk lies in two huge pages: a device that is
 * given physical addresses would see two segments there. */
static int get_memory(struct disk *d)
{
	struct virtio_mem_opts opts = { .size = sizeof(opts), .align = CHUNK };
	struct virtio_mem_limits limits;
	int err = virtio_dev_get_mem_limits(&d->dev, &limits);

	if (!err && limits.page_size > 4096)
		opts.flags = VIRTIO_MEM_HUGETLB;
	if (!err)
		err = virtio_mem_alloc((size_t)SLOTS * CHUNK, &opts, &d->data);
	opts.align = sizeof(struct wire);
	if (!err)
		err = virtio_mem_alloc(SLOTS * sizeof(struct wire), &opts, &d->wires);
	if (err)
		return library_failed(err);
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *s = &d->slots[i];

		s->wire = (struct wire *)d->wires + i;
		s->data = (char *)d->data + (size_t)i * CHUNK;
		slot_put(d, s);
	}
	return 0;
}

/* A steady stream of whole blocks must not keep a part of one waiting. */
static void make_locks(struct disk *d)
{
	pthread_rwlockattr_t fair;

	pthread_rwlockattr_init(&fair);
	pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&d->blocks, &fair);
	pthread_rwlockattr_destroy(&fair);
	pthread_mutex_init(&d->control, NULL);
	pthread_mutex_init(&d->slots_lock, NULL);
	pthread_cond_init(&d->slot_returned, NULL);
	for (unsigned i = 0; i < QUEUES_MAX; i++)
		pthread_mutex_init(&d->queues[i].lock, NULL);
	for (unsigned i = 0; i < SLOTS; i++)
		pthread_cond_init(&d->slots[i].wake, NULL);
}

int disk_open(struct disk *d)
{
	int err = virtio_dev_open(&d->dev, "nbdkit", d->address);

	if (err)
		return library_failed(err);
	make_locks(d);
	err = negotiate(d);
	if (!err)
		err = get_memory(d);
	if (!err)
		err = start(d);
	if (err)
		disk_close(d);
	return err;
}

/* The device first: only when it has stopped is the memory ours again. */
void disk_close(struct disk *d)
{
	virtio_dev_destruct(&d->dev);
	virtio_mem_free(d->wires);
	virtio_mem_free(d->data);
	d->wires = d->data = NULL;
}

void disk_lose(struct disk *d, const char *why)
{
	if (!atomic_exchange(&d->lost, true))
		nbdkit_error("%s: %s; every request fails from now on", d->address, why);
	/* Under the lock, so that no thread is between looking and sleeping. */
	pthread_mutex_lock(&d->slots_lock);
	pthread_cond_broadcast(&d->slot_returned);
	pthread_mutex_unlock(&d->slots_lock);
}

void disk_look(struct disk *d)
{
	uint32_t events = 0;

	/* If another thread looks already, that will do. */
	if (pthread_mutex_trylock(&d->control))
		return;
	if (virtio_dev_poll_events(&d->dev, &events))
		events = 0;
	pthread_mutex_unlock(&d->control);
	if (events & VIRTIO_EVENT_PEER_LOST)
		disk_lose(d, "the server is gone");
	else if (events & VIRTIO_EVENT_REMOVED)
		disk_lose(d, "the device was removed");
	else if (events & VIRTIO_EVENT_NEEDS_RESET)
		disk_lose(d, "the device asks for a reset");
}
