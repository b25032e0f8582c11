/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registry: all memory that devices may be given (memory-regs.c), and the
 * devices that are started and must hear of every change.
 *
 * A change reaches every device before the call returns, or none: a device
 * that refuses makes the others forget again.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "memory-regs.h"

static struct device *attached;	/* started devices, linked by next_attached */

/* Whose memory it is when the device it was for has ended. */
static struct virtio_dev nobody;

static bool sees(const struct device *dev, const struct mem_reg *reg)
{
	return !reg->only || reg->only == dev->vdev;
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
	/* One that is gone is given nothing more, and is no obstacle to the others. */
	if (dev->state == DEVICE_STARTED) {
		if (!add)
			told_remove(dev, reg->start, reg->len);
		else if (!atomic_load_explicit(&dev->lost, memory_order_relaxed) || reg->only)
			error = told_add(dev, reg);
	}
	call_put_deadline(deadline);
	device_unlock(dev);
	return error;
}

static int tell_all(const struct mem_reg *reg)
{
	for (struct device *dev = attached; dev; dev = dev->next_attached) {
		int error = tell(dev, reg, true);

		if (!error)
			continue;
		for (struct device *d = attached; d != dev; d = d->next_attached)
			tell(d, reg, false);
		return error;
	}
	return 0;
}

int memory_add(const struct mem_reg *reg)
{
	int error = regs_check_free(reg);

	if (!error)
		error = regs_make_room(1);
	if (!error)
		error = tell_all(reg);
	if (!error)
		regs_insert(reg);
	return error;
}

/* Can the device have been told of part of the range? */
static bool concerns(const struct device *dev, uint64_t start, uint64_t len)
{
	for (uint32_t i = 0; i < regs_count(); i++)
		if (reg_overlaps(regs_at(i), start, len) && sees(dev, regs_at(i)))
			return true;
	return false;
}

/* The next device after `dev` (NULL: the first) that the range concerns. */
static struct device *next_concerned(const struct device *dev, uint64_t start, uint64_t len)
{
	struct device *d = dev ? dev->next_attached : attached;

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
		used = (dev->state == DEVICE_STARTED || dev->unconfirmed) &&
		       told_in_flight(dev, start, len);
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
	for (uint32_t i = 0; i < regs_count(); i++) {
		const struct mem_reg *r = regs_at(i);
		uint64_t from = r->start > start ? r->start : start;
		uint64_t r_end = r->start + r->len, end = start + len;

		if (reg_overlaps(r, start, len) && sees(dev, r))
			told_show(dev, from, (r_end < end ? r_end : end) - from);
	}
}

static void show_all(uint64_t start, uint64_t len)
{
	struct device *dev = NULL;

	while ((dev = next_concerned(dev, start, len))) {
		device_lock(dev);
		show(dev, start, len);
		mem_map_set_hiding(&dev->map, false);
		device_unlock(dev);
	}
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
		mem_map_set_hiding(&dev->map, false);
		call_put_deadline(deadline);
		device_unlock(dev);
	}
}

/* No queue finds the range any more; then it is safe to look who found it
 * before. A request that has not ended by then notices before it is sent. */
static int take_from_queues(uint64_t start, uint64_t len)
{
	int error = hide(start, len);

	if (!error && next_concerned(NULL, start, len))
		memory_barrier();
	if (!error && memory_in_use(start, len))
		error = virtio_set_error(EBUSY, "a request in flight uses part of 0x%" PRIx64 "-0x%"
					 PRIx64 "; wait for its completion", start, start + len);
	if (error)
		show_all(start, len);
	return error;
}

int memory_take(uint64_t start, uint64_t len, bool arena)
{
	int error = regs_check_registered(start, len, arena);

	if (!error)
		error = regs_prepare_cut(start, len);
	if (error)
		return error;
	error = take_from_queues(start, len);
	if (error) {
		regs_cancel_cut();
		return error;
	}
	untell(start, len);
	regs_cut(start, len);
	return 0;
}

int memory_attach(struct device *dev)
{
	struct mem_reg *visible = calloc(regs_count() + 1, sizeof(*visible));
	uint32_t n = 0;
	int error;

	if (!visible)
		return virtio_set_error(ENOMEM, "no memory for the device's memory table");
	for (uint32_t i = 0; i < regs_count(); i++)
		if (sees(dev, regs_at(i)))
			visible[n++] = *regs_at(i);
	dev->next_attached = attached;
	attached = dev;
	error = told_all(dev, visible, n);
	free(visible);
	return error;
}

void memory_detach(struct device *dev)
{
	for (struct device **at = &attached; *at; at = &(*at)->next_attached)
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
	for (uint32_t i = regs_count(); i-- > 0;) {
		if (regs_at(i)->only != dev->vdev)
			continue;
		if (regs_at(i)->arena)
			regs_at(i)->only = &nobody;
		else
			regs_drop(i);
	}
}

void memory_quarantine(struct device *dev)
{
	told_each_in_flight(dev, mem_quarantine);
}
