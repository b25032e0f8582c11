/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One device's translation of addresses: which memory it may be given and
 * where the device sees it.
 *
 * Control calls change the map under the device's lock; queues look up
 * without any lock, and keep what they found until `generation` moves on.
 */
#ifndef MEMORY_MAP_H
#define MEMORY_MAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Longest window: any segment inside one fits a 32-bit length. */
#define MEM_WINDOW_MAX 0xfffff000u

/* A range whose bus addresses are its virtual addresses plus delta. */
struct mem_window {
	uint64_t start;
	uint64_t len;
	uint64_t delta;
};

/* A registered range as the device sees it; pages as in struct virtio_mem_region. */
struct mem_entry {
	uint64_t start;
	uint64_t len;
	uint64_t delta;
	uint64_t origin;	/* where the region begins that this is all or part of */
	const uint64_t *pages;	/* NULL, or the bus address of each piece from origin on */
	uint64_t page_size;
};

struct mem_table;

struct mem_map {
	_Atomic uint32_t generation;		/* odd while it is changed */
	_Atomic(struct mem_table *) table;	/* NULL: empty */
};

/* Is the range inside the window, as one piece? len is not 0. */
static inline bool mem_window_holds(const struct mem_window *w, uint64_t addr, uint64_t len)
{
	uint64_t at = addr - w->start;

	return at < w->len && len <= w->len - at;
}

/* Fills *w with a window that holds addr; false if addr is in no entry. */
bool mem_map_find(struct mem_map *map, uint64_t addr, struct mem_window *w);

/* Is [bus, bus + len) where the device sees a range of the map? Slow. */
bool mem_map_holds_bus(struct mem_map *map, uint64_t bus, uint64_t len);

/* Puts a range in; it overlaps none that is there, and becomes one with its
 * neighbours of the same region. 0 or -ENOMEM. */
int mem_map_insert(struct mem_map *map, const struct mem_entry *entry);

/* Takes out whatever overlaps the range, splitting entries. 0 or -ENOMEM;
 * after it, one insert of what was taken out does not fail. */
int mem_map_remove(struct mem_map *map, uint64_t start, uint64_t len);

/* Frees everything; no look-up may be running. */
void mem_map_clear(struct mem_map *map);

#endif /* MEMORY_MAP_H */
