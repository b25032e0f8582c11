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

/* So many granules make up all memory of a map, where that is possible. */
#define MEM_MAP_GRANULES 2048u

/* A range whose bus addresses are its virtual addresses plus delta. */
struct mem_window {
	uint64_t start;
	uint64_t len;
	uint64_t delta;
};

/* The bus addresses of a region's n pieces: memory-pages.c. */
struct mem_pages {
	struct mem_pages *next;		/* while it is out of use */
	uint64_t n;
	uint64_t bus[];			/* never changes */
};

/* A registered range as the device sees it. */
struct mem_entry {
	uint64_t start;
	uint64_t len;
	uint64_t delta;
	uint64_t origin;	/* where the region begins that this is all or part of */
	const struct mem_pages *pages;	/* NULL, or its pieces from origin on */
	uint32_t page_shift;	/* of a piece's size */
};

struct mem_table;

struct mem_map {
	_Atomic uint32_t generation;		/* odd while it is changed */
	_Atomic(struct mem_table *) table;	/* NULL: empty */
	_Atomic uint32_t granule_shift;		/* see mem_map_granule_shift */
	_Atomic bool hiding;			/* what is not there may yet come back */
	struct mem_pages *retired;		/* out of use, but a look-up may be reading */
};

/* Is the range inside the window, as one piece? len is not 0. */
static inline bool mem_window_holds(const struct mem_window *w, uint64_t addr, uint64_t len)
{
	uint64_t at = addr - w->start;

	return at < w->len && len <= w->len - at;
}

/* Fills *w with a window that holds addr; false if addr is in no entry. */
bool mem_map_find(struct mem_map *map, uint64_t addr, struct mem_window *w);

/* The size of a granule of addresses, for caches of look-ups: small, so that
 * most lie in one window, but not so small that there are many. As of the last
 * change of the map. */
uint32_t mem_map_granule_shift(struct mem_map *map);

/* Is [bus, bus + len) where the device sees a range of the map? Slow. */
bool mem_map_holds_bus(struct mem_map *map, uint64_t bus, uint64_t len);

/* The same while memory may be on its way out: gone for good, or perhaps not? */
enum mem_map_answer { MEM_MAP_HELD, MEM_MAP_GONE, MEM_MAP_UNDECIDED };
enum mem_map_answer mem_map_ask_bus(struct mem_map *map, uint64_t bus, uint64_t len);

/* Set before a range is removed that may be inserted again, cleared after it
 * was, or after it is certain that it will not be. */
void mem_map_set_hiding(struct mem_map *map, bool hiding);

/* Puts a range in; it overlaps none that is there, and becomes one with its
 * neighbours of the same region. 0 or -ENOMEM. */
int mem_map_insert(struct mem_map *map, const struct mem_entry *entry);

/* Takes out whatever overlaps the range, splitting entries. 0 or -ENOMEM;
 * after it, one insert of what was taken out does not fail. */
int mem_map_remove(struct mem_map *map, uint64_t start, uint64_t len);

/* Frees everything; no look-up may be running. */
void mem_map_clear(struct mem_map *map);

/* memory-pages.c: a copy of n bus addresses for entries of this map, or NULL. */
struct mem_pages *mem_pages_new(struct mem_map *map, const uint64_t *bus, uint64_t n);
/* No entry of the map has it any more; NULL is allowed. */
void mem_pages_retire(struct mem_map *map, struct mem_pages *pages);
/* Frees what was retired; no look-up may be running. */
void mem_pages_clear(struct mem_map *map);

#endif /* MEMORY_MAP_H */
