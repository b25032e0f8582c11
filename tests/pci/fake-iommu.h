/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IOMMU that notes down what is mapped, for address spaces of the bus whose
 * devices are names only; and memory to map.
 */
#ifndef FAKE_IOMMU_H
#define FAKE_IOMMU_H

#include <virtio-poll/backend.h>

#include "space.h"

#define PAGE	4096ull
#define HUGE	0x200000ull
#define TAKEN	13		/* the group that cannot be opened */

struct fake_iommu {
	/* What it has: a row for each mapping. */
	struct {
		uint64_t iova;
		uint64_t len;
		const void *addr;
	} mapped[600];
	unsigned map_calls, unmap_calls, opened, closed;
	int map_error, unmap_error;	/* that it gives from now on */
	struct vpci_range usable;
	uint64_t page_sizes;
	uint8_t *memory;		/* 8 * HUGE, private */
};

/* The one there is. */
extern struct fake_iommu iommu;

void fake_iommu_begin(void);
void fake_iommu_end(void);

/* How many mappings there are now. */
unsigned fake_iommu_mappings(void);

/* A device of the group gets its share of the address space. */
struct vpci_share fake_iommu_join(int group);
/* The same for a share that is not opened yet: the result of that. */
int fake_iommu_open(struct vpci_share *share, int group);

/* A region of the memory, of no file. */
struct virtio_mem_region fake_iommu_region(uint64_t offset, uint64_t len);

#endif /* FAKE_IOMMU_H */
