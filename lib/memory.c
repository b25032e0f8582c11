/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registry: all memory that devices may be given, sorted by address, and
 * the devices that are started and must hear of every change.
 *
 * A change reaches every device before the call returns, or none: a device
 * that refuses makes the others forget again.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory-file.h"
#include "memory-registry.h"

static struct {
	struct mem_reg *regs;		/* sorted by start */
	uint32_t count, capacity;
	struct device *attached;	/* started devices */
} registry;

/* Whose memory it is when the device it was for has ended. */
static struct virtio_dev nobody;

/* Index of the first region that ends after addr. Regions may overlap only
 * where each is for another device, so ends are not sorted: walk. */
static uint32_t first_after(uint64_t addr)
{
	uint32_t i = 0;

	while (i < registry.count && registry.regs[i].start + registry.regs[i].len <= addr)
		i++;
	return i;
}

static bool overlaps(const struct mem_reg *reg, uint64_t start, uint64_t len)
{
	return reg->start < start + len && start < reg->start + reg->len;
}

static bool sees(const struct device *dev, const struct mem_reg *reg)
{
	return !reg->only || reg->only == dev->vdev;
}

/* Two ranges may overlap only if no device sees both. */
static int check_free(const struct mem_reg *reg)
{
	for (uint32_t i = 0; i < registry.count; i++) {
		const struct mem_reg *r = &registry.regs[i];

		if (overlaps(r, reg->start, reg->len) &&
		    (!r->only || !reg->only || r->only == reg->only))
			return virtio_set_error(EEXIST, "0x%" PRIx64 "-0x%" PRIx64 " overlaps 0x%"
						PRIx64 "-0x%" PRIx64 ", which is registered already",
						reg->start, reg->start + reg->len, r->start,
						r->start + r->len);
	}
	return 0;
}

static int make_room(uint32_t more)
{
	uint32_t capacity = registry.capacity ? registry.capacity * 2 : 16;
	struct mem_reg *bigger;

	if (registry.count + more <= registry.capacity)
		return 0;
	while (capacity < registry.count + more)
		capacity *= 2;
	bigger = realloc(registry.regs, capacity * sizeof(*bigger));
	if (!bigger)
		return virtio_set_error(ENOMEM, "no memory to register memory");
	registry.regs = bigger;
	registry.capacity = capacity;
	return 0;
}

static void insert_at(uint32_t i, const struct mem_reg *reg)
{
	memmove(&registry.regs[i + 1], &registry.regs[i],
		(registry.count - i) * sizeof(*registry.regs));
	registry.regs[i] = *reg;
	registry.count++;
}

static void insert(const struct mem_reg *reg)
{
	uint32_t i = 0;

	while (i < registry.count && registry.regs[i].start < reg->start)
		i++;
	insert_at(i, reg);
}

static void drop_at(uint32_t i)
{
	if (registry.regs[i].fd >= 0)
		close(registry.regs[i].fd);
	memmove(&registry.regs[i], &registry.regs[i + 1],
		(registry.count - i - 1) * sizeof(*registry.regs));
	registry.count--;
}

/* Runs told_add or its undoing on a device, if it is still started. */
static int tell(struct device *dev, const struct mem_reg *reg, bool add)
{
	uint64_t deadline;
	int error = 0;

	if (!sees(dev, reg))
		return 0;
	device_lock(dev);
	deadline = call_deadline(dev->timeout_ms);
	if (dev->state == DEVICE_STARTED) {
		if (add)
			error = told_add(dev, reg);
		else
			told_remove(dev, reg->start, reg->len);
	}
	call_put_deadline(deadline);
	device_unlock(dev);
	return error;
}

static int tell_all(const struct mem_reg *reg)
{
	for (struct device *dev = registry.attached; dev; dev = dev->next_attached) {
		int error = tell(dev, reg, true);

		if (!error)
			continue;
		for (struct device *d = registry.attached; d != dev; d = d->next_attached)
			tell(d, reg, false);
		return error;
	}
	return 0;
}

int memory_add(const struct mem_reg *reg)
{
	int error = check_free(reg);

	if (!error)
		error = make_room(1);
	if (!error)
		error = tell_all(reg);
	if (!error)
		insert(reg);
	return error;
}

/* -ENOENT unless every byte of the range is registered and may be taken. */
static int check_registered(uint64_t start, uint64_t len, bool arena)
{
	uint64_t at = start;

	for (uint32_t i = first_after(start); i < registry.count && at < start + len; i++) {
		const struct mem_reg *r = &registry.regs[i];

		if (r->start > at)
			break;
		if (r->arena != arena)
			return virtio_set_error(EINVAL, "0x%" PRIx64 " is the library's own memory;"
						" use virtio_mem_free", r->start);
		if (r->start + r->len > at)
			at = r->start + r->len;
	}
	if (at < start + len)
		return virtio_set_error(ENOENT, "0x%" PRIx64 " of 0x%" PRIx64 "-0x%" PRIx64
					" is not registered", at, start, start + len);
	return 0;
}

/* Can the device have been told of part of the range? */
static bool concerns(const struct device *dev, uint64_t start, uint64_t len)
{
	for (uint32_t i = 0; i < registry.count; i++)
		if (overlaps(&registry.regs[i], start, len) && sees(dev, &registry.regs[i]))
			return true;
	return false;
}

/* The next device after `dev` (NULL: the first) that the range concerns. */
static struct device *next_concerned(const struct device *dev, uint64_t start, uint64_t len)
{
	struct device *d = dev ? dev->next_attached : registry.attached;

	while (d && !concerns(d, start, len))
		d = d->next_attached;
	return d;
}

bool memory_in_use(uint64_t start, uint64_t len)
{
	struct device *dev = NULL;
	bool used = false;

	while (!used && (dev = next_concerned(dev, start, len))) {
		device_lock(dev);
		used = dev->state == DEVICE_STARTED && told_in_flight(dev, start, len);
		device_unlock(dev);
	}
	return used;
}

/* Hides the range from look-ups; room for its pieces must not run out. */
static int hide(uint64_t start, uint64_t len)
{
	struct device *dev = NULL;
	int error = 0;

	while (!error && (dev = next_concerned(dev, start, len))) {
		device_lock(dev);
		error = told_hide(dev, start, len);
		device_unlock(dev);
	}
	return error ? virtio_set_error(ENOMEM, "no memory to split a region") : 0;
}

/* Takes hide back: what is registered of the range is found again. */
static void show(struct device *dev, uint64_t start, uint64_t len)
{
	for (uint32_t i = 0; i < registry.count; i++) {
		const struct mem_reg *r = &registry.regs[i];
		uint64_t from = r->start > start ? r->start : start;
		uint64_t r_end = r->start + r->len, end = start + len;

		if (overlaps(r, start, len) && sees(dev, r))
			told_show(dev, from, (r_end < end ? r_end : end) - from);
	}
}

static void show_all(uint64_t start, uint64_t len)
{
	struct device *dev = NULL;

	while ((dev = next_concerned(dev, start, len))) {
		device_lock(dev);
		show(dev, start, len);
		device_unlock(dev);
	}
}

/* Cuts the range out of regs[i]; what is left of it stays registered. */
static void cut_region(uint32_t i, uint64_t start, uint64_t end)
{
	struct mem_reg *r = &registry.regs[i], right = *r;
	uint64_t r_end = r->start + r->len;

	right.start = end;
	right.len = end < r_end ? r_end - end : 0;
	right.fd_offset += end - r->start;
	if (r->start < start) {
		r->len = start - r->start;
		if (right.len) {
			right.fd = r->fd < 0 ? -1 : memory_dup(r->fd);
			insert_at(i + 1, &right);
		}
	} else if (right.len) {
		*r = right;
	} else {
		drop_at(i);
	}
}

static void cut_regions(uint64_t start, uint64_t len)
{
	for (uint32_t i = registry.count; i-- > 0;)
		if (overlaps(&registry.regs[i], start, len))
			cut_region(i, start, start + len);
}

static void untell(uint64_t start, uint64_t len)
{
	struct device *dev = NULL;

	while ((dev = next_concerned(dev, start, len))) {
		uint64_t deadline;

		device_lock(dev);
		deadline = call_deadline(dev->timeout_ms);
		if (dev->state == DEVICE_STARTED)
			told_remove(dev, start, len);
		call_put_deadline(deadline);
		device_unlock(dev);
	}
}

/* How many regions a cut of the range may add: one for each it lies inside. */
static uint32_t count_overlapping(uint64_t start, uint64_t len)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < registry.count; i++)
		n += overlaps(&registry.regs[i], start, len);
	return n;
}

/* No queue finds the range any more; then it is safe to look who found it
 * before. */
static int take_from_queues(uint64_t start, uint64_t len)
{
	int error = hide(start, len);

	if (!error && memory_in_use(start, len))
		error = virtio_set_error(EBUSY, "a request in flight uses part of 0x%" PRIx64 "-0x%"
					 PRIx64 "; wait for its completion", start, start + len);
	if (error)
		show_all(start, len);
	return error;
}

int memory_take(uint64_t start, uint64_t len, bool arena)
{
	int error = check_registered(start, len, arena);

	if (!error)
		error = make_room(count_overlapping(start, len));
	if (!error)
		error = take_from_queues(start, len);
	if (error)
		return error;
	untell(start, len);
	cut_regions(start, len);
	return 0;
}

int memory_attach(struct device *dev)
{
	struct mem_reg *visible = calloc(registry.count + 1, sizeof(*visible));
	uint32_t n = 0;
	int error;

	if (!visible)
		return virtio_set_error(ENOMEM, "no memory for the device's memory table");
	for (uint32_t i = 0; i < registry.count; i++)
		if (sees(dev, &registry.regs[i]))
			visible[n++] = registry.regs[i];
	dev->next_attached = registry.attached;
	registry.attached = dev;
	error = told_all(dev, visible, n);
	free(visible);
	return error;
}

void memory_detach(struct device *dev)
{
	for (struct device **at = &registry.attached; *at; at = &(*at)->next_attached)
		if (*at == dev) {
			*at = dev->next_attached;
			break;
		}
	told_clear(dev);
}

void memory_forget_device(struct device *dev)
{
	MEMORY_SCOPE();

	memory_detach(dev);
	mem_alloc_forget(dev->vdev, &nobody);
	for (uint32_t i = registry.count; i-- > 0;) {
		if (registry.regs[i].only != dev->vdev)
			continue;
		if (registry.regs[i].arena)
			registry.regs[i].only = &nobody;
		else
			drop_at(i);
	}
}

void memory_quarantine(struct device *dev)
{
	told_each_in_flight(dev, mem_quarantine);
}
