/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a started device was told of the registered memory.
 *
 * Neighbours in one file are told as one region, since many servers take
 * eight at most. Such a region stays with the device until all that was
 * registered of it is gone; the map of look-ups follows every change at once.
 * What the device cannot reach is told once and then forgotten.
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
	struct mem_pages *pages;		/* NULL, or a copy of region.bus_pages */
	uint32_t page_shift;
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
		.pages = t->pages,
		.page_shift = t->page_shift,
	};

	if (mem_map_insert(&dev->map, &e))
		return virtio_set_error(ENOMEM, "no memory for %s's memory map", dev->vdev->name);
	return 0;
}

/* The last of the list: the device is to forget it. */
static void forget_last(struct device *dev)
{
	struct mem_told *t = &dev->told[--dev->told_count];

	dev->ops.mem_remove(dev->vdev, &t->region);
	mem_pages_retire(&dev->map, t->pages);
}

/* Copies where the backend says that the pieces are. */
static int copy_pages(struct device *dev, struct mem_told *t)
{
	const struct virtio_mem_region *r = &t->region;
	uint64_t size = r->bus_page_size ? r->bus_page_size : r->page_size;

	if (!r->bus_pages)
		return 0;
	if (!size || (size & (size - 1)))
		return virtio_set_error(EINVAL, "%s: bus_page_size %" PRIu64 " of the backend is no"
					" power of 2", dev->vdev->name, size);
	t->page_shift = __builtin_ctzll(size);
	t->pages = mem_pages_new(&dev->map, r->bus_pages, (r->len - 1) / size + 1);
	if (!t->pages)
		return virtio_set_error(ENOMEM, "no memory for %s's table of pages",
					dev->vdev->name);
	return 0;
}

/* Tells the device of a region and maps all of it. 1: it cannot reach it. */
static int tell(struct device *dev, const struct mem_told *t)
{
	struct mem_told *place = make_room(dev);
	int error;

	if (!place)
		return virtio_set_error(ENOMEM, "no memory for %s's memory table", dev->vdev->name);
	*place = *t;
	error = dev->ops.mem_add(dev->vdev, &place->region);
	if (error == 1)
		return 1;
	error = call_op_result("mem_add", error);
	if (error)
		return call_blame(dev->vdev->name, error);
	dev->told_count++;
	error = copy_pages(dev, place);
	if (!error)
		error = map_piece(dev, place, start_of(place), place->region.len);
	if (error)
		forget_last(dev);
	return error;
}

/* As tell; memory that was meant for this device must be within its reach. */
static int tell_one(struct device *dev, const struct mem_reg *reg)
{
	struct mem_told t = from_reg(reg);
	struct virtio_mem_limits limits = { 0 };
	int error = tell(dev, &t);

	if (error <= 0 || !reg->only)
		return error < 0 ? error : 0;
	if (!device_mem_limits(dev, &limits) && limits.page_size > reg->page_size)
		return virtio_set_error(EINVAL, "%s cannot reach 0x%" PRIx64 "-0x%" PRIx64 ", in"
					" pages of %" PRIu64 " bytes: it needs pages of %" PRIu64
					" or more; allocate it with VIRTIO_MEM_HUGETLB",
					dev->vdev->name, reg->start, reg->start + reg->len,
					reg->page_size, limits.page_size);
	return virtio_set_error(EINVAL, "%s cannot reach 0x%" PRIx64 "-0x%" PRIx64,
				dev->vdev->name, reg->start, reg->start + reg->len);
}

/* Does b go on where a ends, in memory and in a file? Without a file nothing
 * says that a piece which comes back is the same memory: each is for itself. */
static bool follows(const struct mem_told *a, const struct mem_reg *b)
{
	return a->region.fd >= 0 && b->fd >= 0 && start_of(a) + a->region.len == b->start &&
	       a->file_dev == b->file_dev && a->file_ino == b->file_ino &&
	       a->region.fd_offset + a->region.len == b->fd_offset;
}

/* Neighbours as one region, or one by one if the device cannot reach all. */
static int tell_run(struct device *dev, const struct mem_reg *regs, uint32_t n,
		    const struct mem_told *t)
{
	int error = n > 1 ? tell(dev, t) : 1;

	for (uint32_t i = 0; i < n && error == 1; i++) {
		int one = tell_one(dev, &regs[i]);

		if (one)
			return one;
	}
	return error < 0 ? error : 0;
}

int told_all(struct device *dev, const struct mem_reg *regs, uint32_t n)
{
	for (uint32_t first = 0, i = 0; i < n; first = i) {
		struct mem_told t = from_reg(&regs[i]);
		int error;

		for (i++; i < n && follows(&t, &regs[i]); i++)
			t.region.len += regs[i].len;
		t.live = t.region.len;
		error = tell_run(dev, &regs[first], i - first, &t);
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
	return reg->fd >= 0 && t->region.fd >= 0 && t->file_dev == reg->file_dev &&
	       t->file_ino == reg->file_ino && t->region.fd_offset + at == reg->fd_offset;
}

/* The device has other memory there: it may write to it, so it stays. */
static int still_there(const struct device *dev, const struct mem_told *t)
{
	return virtio_set_error(EBUSY, "%s still has 0x%" PRIx64 "-0x%" PRIx64 " mapped%s;"
				" unregister all of that range, or stop it first", dev->vdev->name,
				start_of(t), start_of(t) + t->region.len,
				t->region.fd < 0 ? "" : ", merged with its neighbours");
}

int told_add(struct device *dev, const struct mem_reg *reg)
{
	for (uint32_t i = 0; i < dev->told_count; i++) {
		struct mem_told *old = &dev->told[i];
		int error;

		if (!overlaps(old, reg->start, reg->len))
			continue;
		if (!is_part(old, reg))
			return still_there(dev, old);
		error = map_piece(dev, old, reg->start, reg->len);
		if (!error)
			old->live += reg->len;
		return error;
	}
	return tell_one(dev, reg);
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
		mem_pages_retire(&dev->map, t->pages);
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
	mem_map_set_hiding(&dev->map, true);
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
	if (!t->pages)
		return bus - r->bus_addr < r->len ? bus - r->bus_addr + start_of(t) : 0;
	for (uint64_t i = 0; i < t->pages->n; i++)
		if ((bus - t->pages->bus[i]) >> t->page_shift == 0)
			return start_of(t) + (i << t->page_shift) + (bus - t->pages->bus[i]);
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

	/* A peer that is gone uses nothing; the manual says what remains. One that
	 * did not stop and was lost then is another matter. */
	if (atomic_load_explicit(&dev->lost, memory_order_relaxed) && !dev->unconfirmed)
		return false;
	return scan_queues(dev, touches, &s);
}

void told_each_in_flight(struct device *dev, void (*cb)(uint64_t start, uint64_t len))
{
	struct in_flight_search s = { .dev = dev, .each = cb };

	scan_queues(dev, pass_on, &s);
}
