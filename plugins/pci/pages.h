/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Physical addresses of the process's own memory, for devices without an IOMMU
 * in front of them.
 *
 * Only memory in huge pages stays where it is; other memory is left out. The
 * path of pagemap is a parameter, so that a test can hand in a made-up one.
 */
#ifndef VPCI_PAGES_H
#define VPCI_PAGES_H

#include <stdint.h>

#define VPCI_PAGEMAP		"/proc/self/pagemap"
#define VPCI_HUGE_PAGE		(2u << 20)	/* the smallest that counts as huge */

struct virtio_mem_region;

/* Where the pieces of a region are. */
struct vpci_pages {
	uint64_t first;			/* of the region's first byte */
	uint64_t *each;			/* of each piece, to be freed; NULL: all in a row */
	uint64_t size;			/* of a piece */
};

/*
 * Keeps the region in memory and looks its addresses up. 0; 1 if it is not in
 * huge pages and so left out; -errno with a sentence, -EPERM where the kernel
 * hides addresses from this program.
 */
int vpci_pages_find(const char *pagemap, const struct virtio_mem_region *region,
		    struct vpci_pages *pages);

/* May this program see physical addresses at all? 0 or -errno with a sentence. */
int vpci_pages_check(const char *pagemap);

/* How many huge pages are reserved of the smallest size that has any, free or not,
 * and that size; 0, and the least that counts as huge, if there are none. */
uint64_t vpci_huge_pages(uint64_t *size);

#endif /* VPCI_PAGES_H */
