/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory that the driver has told the device of.
 *
 * A table is never changed once it is published: adding and removing make a
 * new one, and the old one is freed when no queue can be reading it. Addresses
 * are those of the process. A table knows ranges only, it reads no memory.
 */
#ifndef LOOPBACK_MEMORY_H
#define LOOPBACK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mem_range {
	uint64_t first;
	uint64_t last;		/* inclusive, so that the top byte can be named */
};

struct mem_table {
	struct mem_table *retired;	/* the next one that waits to be freed */
	size_t n;
	struct mem_range ranges[];	/* by address, none overlaps */
};

/*
 * A copy of `old` (NULL is empty) with one range more or less, at *made. 0,
 * -ENOMEM, -EINVAL (no bytes, beyond the address space), -EEXIST (overlap) or
 * -ENOENT (no such range).
 */
int mem_table_with(const struct mem_table *old, uint64_t addr, uint64_t len,
		   struct mem_table **made);
int mem_table_without(const struct mem_table *old, uint64_t addr, uint64_t len,
		      struct mem_table **made);

/* Frees a table and those retired behind it; NULL is allowed. */
void mem_table_free(struct mem_table *table);

/* The slow half of mem_covers. */
bool mem_search(const struct mem_table *table, size_t *hint, uint64_t first, uint64_t last);

/*
 * Does one range hold all of len bytes at addr? *hint is the reader's own:
 * the range that answered last, tried first. Any value of it is safe.
 */
static inline bool mem_covers(const struct mem_table *table, size_t *hint, uint64_t addr,
			      uint64_t len)
{
	uint64_t last = addr + len - 1;

	if (!table || len == 0 || last < addr)
		return false;
	if (*hint < table->n && table->ranges[*hint].first <= addr &&
	    last <= table->ranges[*hint].last)
		return true;
	return mem_search(table, hint, addr, last);
}

#endif /* LOOPBACK_MEMORY_H */
