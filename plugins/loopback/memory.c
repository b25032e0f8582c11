/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables of the memory that the driver has told the device of.
 *
 * Made by the control arm (device.c), read by the queues through mem_covers.
 * Nothing here publishes a table or waits for its readers.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static struct mem_table *table_new(size_t n)
{
	struct mem_table *table = malloc(sizeof(*table) + n * sizeof(table->ranges[0]));

	if (table) {
		table->retired = NULL;
		table->n = n;
	}
	return table;
}

/* The first range that ends at or behind addr, or the number of ranges. */
static size_t lower_bound(const struct mem_table *table, uint64_t addr)
{
	size_t low = 0, high = table ? table->n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (table->ranges[mid].last < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool mem_search(const struct mem_table *table, size_t *hint, uint64_t first, uint64_t last)
{
	size_t i = lower_bound(table, first);

	if (i == table->n || table->ranges[i].first > first || table->ranges[i].last < last)
		return false;
	*hint = i;
	return true;
}

int mem_table_with(const struct mem_table *old, uint64_t addr, uint64_t len,
		   struct mem_table **made)
{
	size_t n = old ? old->n : 0, at = lower_bound(old, addr);
	struct mem_table *table;

	if (len == 0 || addr + len - 1 < addr)
		return -EINVAL;
	if (at < n && old->ranges[at].first <= addr + len - 1)
		return -EEXIST;
	table = table_new(n + 1);
	if (!table)
		return -ENOMEM;
	if (n) {
		memcpy(table->ranges, old->ranges, at * sizeof(old->ranges[0]));
		memcpy(&table->ranges[at + 1], &old->ranges[at],
		       (n - at) * sizeof(old->ranges[0]));
	}
	table->ranges[at] = (struct mem_range){ .first = addr, .last = addr + len - 1 };
	*made = table;
	return 0;
}

int mem_table_without(const struct mem_table *old, uint64_t addr, uint64_t len,
		      struct mem_table **made)
{
	size_t n = old ? old->n : 0, at = lower_bound(old, addr);
	struct mem_table *table;

	if (len == 0 || addr + len - 1 < addr)
		return -EINVAL;
	if (at == n || old->ranges[at].first != addr || old->ranges[at].last != addr + len - 1)
		return -ENOENT;
	table = table_new(n - 1);
	if (!table)
		return -ENOMEM;
	memcpy(table->ranges, old->ranges, at * sizeof(old->ranges[0]));
	memcpy(&table->ranges[at], &old->ranges[at + 1], (n - 1 - at) * sizeof(old->ranges[0]));
	*made = table;
	return 0;
}

void mem_table_free(struct mem_table *table)
{
	while (table) {
		struct mem_table *next = table->retired;

		free(table);
		table = next;
	}
}
