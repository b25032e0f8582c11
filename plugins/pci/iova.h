/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An allocator of I/O virtual addresses inside the ranges an IOMMU can use.
 *
 * Pure arithmetic: space.c calls it under its lock and maps what it gives. It
 * never gives the first page, so that 0 is no address.
 */
#ifndef VPCI_IOVA_H
#define VPCI_IOVA_H

#include <stdint.h>

/* Both ends are part of it, so that one may end at UINT64_MAX. */
struct vpci_range {
	uint64_t first;
	uint64_t last;
};

struct vpci_iova {
	struct vpci_range *free;	/* in order, with gaps between them */
	unsigned count;
	unsigned base;			/* ranges there can be with nothing handed out */
	unsigned out;			/* pieces handed out */
	unsigned room;			/* in `free` */
	uint64_t highest;		/* address there is, free or not */
};

/* Begins with what is usable: in any order, overlapping, empty or reversed as
 * they may be. 0; -ENOSPC if nothing is usable; -ENOMEM. */
int vpci_iova_init(struct vpci_iova *iova, const struct vpci_range *usable, unsigned n);

/* Frees all; a zeroed one is allowed. */
void vpci_iova_destroy(struct vpci_iova *iova);

/* len bytes at a multiple of align (a power of 2), the lowest there are. 0;
 * -EINVAL; -ENOSPC; -ENOMEM. */
int vpci_iova_alloc(struct vpci_iova *iova, uint64_t len, uint64_t align, uint64_t *at);

/* Takes back what alloc gave, whole. 0, or -EINVAL if some of it is free. */
int vpci_iova_free(struct vpci_iova *iova, uint64_t at, uint64_t len);

#endif /* VPCI_IOVA_H */
