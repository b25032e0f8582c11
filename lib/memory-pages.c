/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine's own copies of bus addresses that a backend gave with a region
 * (struct virtio_mem_region.bus_pages). For memory-device.c.
 *
 * Look-ups run without a lock and may read a copy whose region has just gone.
 * So a copy is neither changed nor freed before the map is cleared; memory
 * that comes back to where it was gets its old one again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "memory-map.h"

static bool equals(const struct mem_pages *p, const uint64_t *bus, uint64_t n)
{
	return p->n == n && !memcmp(p->bus, bus, n * sizeof(*bus));
}

struct mem_pages *mem_pages_new(struct mem_map *map, const uint64_t *bus, uint64_t n)
{
	struct mem_pages **at = &map->retired, *p;

	while (*at && !equals(*at, bus, n))
		at = &(*at)->next;
	p = *at;
	if (p) {
		*at = p->next;
		return p;
	}
	if (n > (SIZE_MAX - sizeof(*p)) / sizeof(*bus))
		return NULL;
	p = malloc(sizeof(*p) + n * sizeof(*bus));
	if (!p)
		return NULL;
	p->n = n;
	memcpy(p->bus, bus, n * sizeof(*bus));
	return p;
}

void mem_pages_retire(struct mem_map *map, struct mem_pages *pages)
{
	if (!pages)
		return;
	pages->next = map->retired;
	map->retired = pages;
}

void mem_pages_clear(struct mem_map *map)
{
	while (map->retired) {
		struct mem_pages *next = map->retired->next;

		free(map->retired);
		map->retired = next;
	}
}
