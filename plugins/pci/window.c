/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Windows on the virtio structures: mapping, and the single accesses to them.
 *
 * The only place where device memory is touched. An access is one load or
 * store of exactly its width; nothing here loops over a structure.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "access.h"
#include "device.h"
#include "window.h"

/* Structures that are read are smaller; doorbells, which may not be, are only
 * written, and what a blind one holds does not matter. */
#define BLIND_ONES	65536u

/* The whole pages that hold the window: PCI-CAP-5, no more than these. */
static int page_range(const struct vpci_place *place, uint64_t *start, uint64_t *len)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t end = place->offset + place->length;

	if (end < place->offset || end > UINT64_MAX - (page - 1))
		return -EOVERFLOW;
	*start = place->offset & ~(page - 1);
	*len = ((end + page - 1) & ~(page - 1)) - *start;
	return *len > SIZE_MAX / 2 ? -EOVERFLOW : 0;
}

static int map_pages(struct vpci_window *w)
{
	uint64_t start, len;
	void *map;
	int err = page_range(&w->place, &start, &len);

	if (!err)
		err = w->dev->access->bar_map(w->dev, w->place.bar, start, len, &map);
	if (err)
		return err;
	/* What a vanished device leaves behind can raise SIGBUS. */
	err = virtio_sigbus_guard_add(map, (size_t)len);
	if (err) {
		munmap(map, (size_t)len);
		return err;
	}
	w->map = map;
	w->map_len = (size_t)len;
	w->base = (volatile uint8_t *)map + (w->place.offset - start);
	return 0;
}

int vpci_window_open(struct vpci_window *w, struct vpci_dev *dev, const struct vpci_place *place,
		     uint64_t length, const char *what)
{
	int err;

	memset(w, 0, sizeof(*w));
	if (!place->length)
		return 0;
	w->dev = dev;
	w->place = *place;
	if (length && length < place->length)
		w->place.length = length;
	err = map_pages(w);
	if (!err)
		return 0;
	/* HARD-CAP-10: the pages are shared with something the kernel keeps. */
	if (dev->access->bar_read && dev->access->bar_write) {
		virtio_log(VIRTIO_LOG_INFO, "%s: the %s structure in BAR %u cannot be mapped (%s): "
			   "it is used by system calls", dev->fn.name, what, w->place.bar,
			   strerror(-err));
		return 0;
	}
	vpci_window_close(w);
	return virtio_set_error(-err, "%s: %" PRIu64 " bytes of the %s structure at 0x%" PRIx64
				" in BAR %u cannot be mapped: %s", dev->fn.name, place->length,
				what, place->offset, place->bar, strerror(-err));
}

void vpci_window_close(struct vpci_window *w)
{
	if (w->map) {
		virtio_sigbus_guard_remove(w->map);
		munmap(w->map, w->map_len);
	}
	memset(w, 0, sizeof(*w));
}

static void *make_ones(size_t len)
{
	void *ones = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (ones == MAP_FAILED)
		return NULL;
	memset(ones, 0xff, len < BLIND_ONES ? len : BLIND_ONES);
	return ones;
}

void vpci_window_blind(struct vpci_window *w)
{
	void *ones;

	/* Used by calls: none from now on, whatever another thread is about to do. */
	if (!w->base)
		__atomic_store_n(&w->place.length, 0, __ATOMIC_RELAXED);
	ones = w->map ? make_ones(w->map_len) : NULL;
	if (!ones)
		return;
	/* In one step, so that nobody meets neither the BAR nor the ones. */
	if (mremap(ones, w->map_len, w->map_len, MREMAP_MAYMOVE | MREMAP_FIXED, w->map) ==
	    MAP_FAILED)
		munmap(ones, w->map_len);
}

/* PCI-LAYOUT-1 to -3: an access lies inside, at a multiple of its width. */
static bool inside(const struct vpci_window *w, uint64_t at, unsigned width)
{
	const uint64_t length = __atomic_load_n(&w->place.length, __ATOMIC_RELAXED);

	return at < length && width <= length - at && (w->place.offset + at) % width == 0;
}

static void read_by_call(const struct vpci_window *w, uint64_t at, void *value, unsigned width)
{
	if (w->dev->access->bar_read(w->dev, w->place.bar, w->place.offset + at, value, width))
		memset(value, 0xff, width);
}

static void write_by_call(const struct vpci_window *w, uint64_t at, const void *value,
			  unsigned width)
{
	/* A device that is gone takes nothing; the next read will tell. */
	(void)w->dev->access->bar_write(w->dev, w->place.bar, w->place.offset + at, value, width);
}

uint8_t vpci_read8(const struct vpci_window *w, uint64_t at)
{
	uint8_t value = UINT8_MAX;

	if (!inside(w, at, sizeof(value)))
		return value;
	if (w->base)
		return w->base[at];
	read_by_call(w, at, &value, sizeof(value));
	return value;
}

uint16_t vpci_read16(const struct vpci_window *w, uint64_t at)
{
	uint16_t value = UINT16_MAX;

	if (!inside(w, at, sizeof(value)))
		return value;
	if (w->base)
		value = *(const volatile uint16_t *)(const volatile void *)(w->base + at);
	else
		read_by_call(w, at, &value, sizeof(value));
	return le16toh(value);
}

uint32_t vpci_read32(const struct vpci_window *w, uint64_t at)
{
	uint32_t value = UINT32_MAX;

	if (!inside(w, at, sizeof(value)))
		return value;
	if (w->base)
		value = *(const volatile uint32_t *)(const volatile void *)(w->base + at);
	else
		read_by_call(w, at, &value, sizeof(value));
	return le32toh(value);
}

void vpci_write8(const struct vpci_window *w, uint64_t at, uint8_t value)
{
	if (!inside(w, at, sizeof(value)))
		return;
	if (w->base)
		w->base[at] = value;
	else
		write_by_call(w, at, &value, sizeof(value));
}

void vpci_write16(const struct vpci_window *w, uint64_t at, uint16_t value)
{
	const uint16_t raw = htole16(value);

	if (!inside(w, at, sizeof(raw)))
		return;
	if (w->base)
		*(volatile uint16_t *)(volatile void *)(w->base + at) = raw;
	else
		write_by_call(w, at, &raw, sizeof(raw));
}

void vpci_write32(const struct vpci_window *w, uint64_t at, uint32_t value)
{
	const uint32_t raw = htole32(value);

	if (!inside(w, at, sizeof(raw)))
		return;
	if (w->base)
		*(volatile uint32_t *)(volatile void *)(w->base + at) = raw;
	else
		write_by_call(w, at, &raw, sizeof(raw));
}
