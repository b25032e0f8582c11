/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the disks of the guest tier hold: each sector is made of its number and
 * of a seed, so that a sector in the wrong place, or left over from another
 * run, is seen. The host's pattern.c and the guest's programs both use it.
 */
#ifndef VP_TESTS_GUEST_PATTERN_H
#define VP_TESTS_GUEST_PATTERN_H

#include <stdint.h>
#include <string.h>

#define SECTOR_BYTES 512u

/* Each disk has twice as many sectors, as the host made them with seed 1. No case
 * writes from here on, except to the disks `copy` and `icopy`. */
#define UNTOUCHED 4096u

/* No two sectors below 2^32, and no two seeds below 2^16, look alike. */
static inline void pattern_fill(void *data, uint64_t sector, unsigned sectors, unsigned seed)
{
	unsigned char *byte = data;

	for (unsigned s = 0; s < sectors; s++, sector++)
		for (unsigned i = 0; i < SECTOR_BYTES; i += 8, byte += 8) {
			uint64_t word = sector << 32 ^ sector * 2654435761u ^ (uint64_t)seed << 48 ^
					i * 0x0101u;

			for (unsigned b = 0; b < 8; b++)
				byte[b] = (unsigned char)(word >> 8 * b);
		}
}

/* The first of so many sectors that differs, or -1. */
static inline int pattern_differs(const void *data, uint64_t sector, unsigned sectors,
				  unsigned seed)
{
	unsigned char wanted[SECTOR_BYTES];

	for (unsigned s = 0; s < sectors; s++) {
		pattern_fill(wanted, sector + s, 1, seed);
		if (memcmp((const char *)data + s * SECTOR_BYTES, wanted, SECTOR_BYTES))
			return (int)s;
	}
	return -1;
}

#endif /* VP_TESTS_GUEST_PATTERN_H */
