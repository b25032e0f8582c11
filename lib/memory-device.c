/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a started device was told of the registered memory.
 *
 * Neighbours in one file are told as one region, since many servers take
 * eight at most. Such a region stays with the device until all that was
 * registered of it is gone; the map of look-ups follows every change at once.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "memory-registry.h"
#include "queue.h"

struct mem_told {
	struct virtio_mem_region region;	/* as in mem_add */
	dev_t file_dev;
	ino_t file_ino;
	uint64_t live;				/* registered bytes of it */
};

static uint64_t start_of(const struct mem_told *t)
{
	return (uintptr_t)t->region.addr;
}

static struct mem_told *make_room(struct device *dev)
{
	uint32_t capacity = dev->told_capacity ? dev->told_capacity * 2 : 8;
	struct mem_told *bigger;

	if (dev->told_count < dev->told_capacity)
		return &dev->told[dev->told_count];
	bigger = realloc(dev->told, capacity * sizeof(*bigger));
	if (!bigger)
		return NULL;
	dev->told = bigger;
	dev->told_capacity = capacity;
	return &dev->told[dev->told_count];
}

static struct mem_told from_reg(const struct mem_reg *reg)
{
	return (struct mem_told){
		.region = {
			.struct_size = sizeof(struct virtio_mem_region),
			.fd = reg->fd,
			.addr = (void *)(uintptr_t)reg->start,
			.len = reg->len,
			.fd_offset = reg->fd_offset,
			.page_size = reg->page_size,
			.bus_addr = reg->start,
		},
		.file_dev = reg->file_dev,
		.file_ino = reg->file_ino,
		.live = reg->len,
	};
}

/* Where the device sees a piece of a told region, for the map. */
static int map_piece(struct device *dev, const struct mem_told *t, uint64_t start, uint64_t len)
{
	const struct virtio_mem_region *r = &t->region;
	struct mem_entry e = {
		.start = start,
		.len = len,
		.delta = r->bus_addr - start_of(t),
		.origin = start_of(t),
		.pages = r->bus_pages,
		.page_size = r->bus_page_size,
	};

	if (mem_map_insert(&dev->map, &e))
		return virtio_set_error(ENOMEM, "no memory for %s's memory map", dev->vdev->name);
	return 0;
}

static void forget_last(struct device *dev)
{
	struct mem_told *t = &dev->told[--dev->told_count];

	dev->ops.mem_remove(dev->vdev, &t->region);
}

/* Tells the device of a region and maps all of it. */
static int tell(struct device *dev, const struct mem_told *t)
{
	struct mem_told *place = make_room(dev);
	int error;

	if (!place)
		return virtio_set_error(ENOMEM, "no memory for %s's memory table", dev->vdev->name);
	*place = *t;
	error = dev->ops.mem_add(dev->vdev, &place->region);
	if (error)
		return call_blame(dev->vdev->name, error);
	/* The backend set the piece size; a bad one would divide by zero. */
	if (place->region.bus_pages && !place->region.bus_page_size)
		place->region.bus_page_size = t->region.page_size;
	dev->told_count++;
	error = map_piece(dev, place, start_of(place), place->region.len);
	if (error)
		forget_last(dev);
	return error;
}

/* Does b go on where a ends, in memory and in the file? */
static bool follows(const struct mem_told *a, const struct mem_reg *b)
{
	if (start_of(a) + a->region.len != b->start || (a->region.fd < 0) != (b->fd < 0))
		return false;
	if (b->fd < 0)
		return true;
	return a->file_dev == b->file_dev && a->file_ino == b->file_ino &&
	       a->region.fd_offset + a->region.len == b->fd_offset;
}

int told_all(struct device *dev, const struct mem_reg *regs, uint32_t n)
{
	for (uint32_t i = 0; i < n;) {
		struct mem_told t = from_reg(&regs[i]);
		int error;

		for (i++; i < n && follows(&t, &regs[i]); i++)
			t.region.len += regs[i].len;
		t.live = t.region.len;
		error = tell(dev, &t);
		if (error)
			return error;	/* the caller clears what was told */
	}
	return 0;
}

static bool overlaps(const struct mem_told *t, uint64_t start, uint64_t len)
{
	return start_of(t) < start + len && start < start_of(t) + t->region.len;
}

/* Is the region the same piece of the same file as part of what was told? */
static bool is_part(const struct mem_told *t, const struct mem_reg *reg)
{
	uint64_t at = reg->start - start_of(t);

	if (reg->start < start_of(t) || reg->len > t->region.len || at > t->region.len - reg->len)
		return false;
	if (reg->fd < 0 || t->region.fd < 0)
		return reg->fd < 0 && t->region.fd < 0;
	return t->file_dev == reg->file_dev && t->file_ino == reg->file_ino &&
	       t->region.fd_offset + at == reg->fd_offset;
}

int told_add(struct device *dev, const struct mem_reg *reg)
{
	struct mem_told t = from_reg(reg);

	for (uint32_t i = 0; i < dev->told_count; i++) {
		struct mem_told *old = &dev->told[i];
		int error;

		if (!overlaps(old, reg->start, reg->len))
			continue;
		if (!is_part(old, reg))
			return virtio_set_error(EBUSY, "%s still has 0x%" PRIx64 "-0x%" PRIx64
						" mapped, merged with its neighbours; stop it first",
						dev->vdev->name, start_of(old),
						start_of(old) + old->region.len);
		error = map_piece(dev, old, reg->start, reg->len);
		if (!error)
			old->live += reg->len;
		return error;
	}
	return tell(dev, &t);
}

static uint64_t overlap_len(const struct mem_told *t, uint64_t start, uint64_t len)
{
	uint64_t from = start > start_of(t) ? start : start_of(t);
	uint64_t t_end = start_of(t) + t->region.len, end = start + len;

	return (end < t_end ? end : t_end) - from;
}

void told_remove(struct device *dev, uint64_t start, uint64_t len)
{
	(void)mem_map_remove(&dev->map, start, len);
	for (uint32_t i = dev->told_count; i-- > 0;) {
		struct mem_told *t = &dev->told[i];

		if (!overlaps(t, start, len))
			continue;
		t->live -= overlap_len(t, start, len);
		if (t->live)
			continue;
		/* Whether it was heard or not: a peer that does not answer is
		 * lost, and then it is told nothing any more. */
		dev->ops.mem_remove(dev->vdev, &t->region);
		*t = dev->told[--dev->told_count];
	}
}

void told_clear(struct device *dev)
{
	while (dev->told_count)
		forget_last(dev);
	mem_map_clear(&dev->map);
}

int told_hide(struct device *dev, uint64_t start, uint64_t len)
{
	return mem_map_remove(&dev->map, start, len);
}

void told_show(struct device *dev, uint64_t start, uint64_t len)
{
	(void)mem_map_remove(&dev->map, start, len);
	for (uint32_t i = 0; i < dev->told_count; i++)
		if (overlaps(&dev->told[i], start, len))
			(void)map_piece(dev, &dev->told[i], start, len);
}

/* The virtual address of a bus address, or 0 if no told region has it. */
static uint64_t from_bus(const struct mem_told *t, uint64_t bus)
{
	const struct virtio_mem_region *r = &t->region;
	uint64_t pages = r->bus_pages ? r->len / r->bus_page_size : 0;

	if (!r->bus_pages)
		return bus - r->bus_addr < r->len ? bus - r->bus_addr + start_of(t) : 0;
	for (uint64_t i = 0; i < pages; i++)
		if (bus - r->bus_pages[i] < r->bus_page_size)
			return start_of(t) + i * r->bus_page_size + (bus - r->bus_pages[i]);
	return 0;
}

static uint64_t virtual_of(const struct device *dev, uint64_t bus)
{
	uint64_t address = 0;

	for (uint32_t i = 0; i < dev->told_count && !address; i++)
		address = from_bus(&dev->told[i], bus);
	return address;
}

struct in_flight_search {
	const struct device *dev;
	uint64_t start;
	uint64_t len;
	void (*each)(uint64_t start, uint64_t len);
};

static bool touches(uint64_t bus, uint64_t len, void *ctx)
{
	const struct in_flight_search *s = ctx;
	uint64_t at = virtual_of(s->dev, bus);

	return at && at < s->start + s->len && s->start < at + len;
}

static bool pass_on(uint64_t bus, uint64_t len, void *ctx)
{
	const struct in_flight_search *s = ctx;
	uint64_t at = virtual_of(s->dev, bus);

	if (at)
		s->each(at, len);
	return false;
}

static bool scan_queues(struct device *dev, bool (*cb)(uint64_t bus, uint64_t len, void *ctx),
			struct in_flight_search *s)
{
	bool found = false;

	for (uint32_t i = 0; i < dev->nqueues && !found; i++) {
		struct queue *q = dev->queues[i] ? queue_at(dev, i) : NULL;

		if (q && q->ring.area.desc)
			found = q->ring.ops->scan(&q->ring, cb, s);
	}
	return found;
}

bool told_in_flight(struct device *dev, uint64_t start, uint64_t len)
{
	struct in_flight_search s = { .dev = dev, .start = start, .len = len };

	/* A peer that is gone uses nothing; the manual says what remains. */
	if (atomic_load_explicit(&dev->lost, memory_order_relaxed))
		return false;
	return scan_queues(dev, touches, &s);
}

void told_each_in_flight(struct device *dev, void (*cb)(uint64_t start, uint64_t len))
{
	struct in_flight_search s = { .dev = dev, .each = cb };

	scan_queues(dev, pass_on, &s);
}
