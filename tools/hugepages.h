/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine's huge pages, as sysfs counts them.
 */
#ifndef HUGEPAGES_H
#define HUGEPAGES_H

#include <stdint.h>

struct hugepages {
	uint64_t free;		/* of 2 MiB or larger */
	char text[160];		/* "2 MiB: 3 free of 16; 1024 MiB: 0 free of 0", "" for none */
};

void hugepages_read(struct hugepages *pages);

/* How to reserve some. */
extern const char hugepages_fix[];

#endif /* HUGEPAGES_H */
