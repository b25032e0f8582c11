/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the devices of a group share in this process: an address space of the
 * bus, the memory mapped in it, and the descriptors behind it.
 *
 * Kept in one table with one lock, the plugin's only state outside a device.
 * The ways in supply the calls that differ (struct vpci_space_ops).
 */
#ifndef VPCI_SPACE_H
#define VPCI_SPACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "iova.h"
#include "pages.h"

struct virtio_mem_limits;
struct virtio_mem_region;
struct vpci_space;

/* A region in a space: mapped once, for all its devices that were told of it. */
struct vpci_mapping {
	void *addr;
	uint64_t len;
	uint64_t fd_offset;
	dev_t file_dev;
	ino_t file_ino;
	bool has_file;
	uint64_t bus_addr;
	struct vpci_pages pages;	/* physical: where the pieces are */
	unsigned users;
	struct vpci_mapping *next;
};

struct vpci_space_ops {
	bool translated;	/* by an IOMMU; else addresses are physical */
	/* Opens what the devices share and sets the descriptors. NULL: nothing. */
	int (*open)(struct vpci_space *space, const char *device);
	/* Closes it; accepts a half-open one. NULL: nothing. */
	void (*close)(struct vpci_space *space);
	/* The rest is for an IOMMU only; -errno and a sentence. */
	/* Once, when a device is attached: calls vpci_space_set_ranges. */
	int (*look)(struct vpci_space *space);
	/* At m->bus_addr. */
	int (*map)(struct vpci_space *space, const struct vpci_mapping *m);
	/* After a failure the addresses are not used again. */
	int (*unmap)(struct vpci_space *space, const struct vpci_mapping *m);
};

struct vpci_space {
	const struct vpci_space_ops *ops;
	int group;			/* of the IOMMU; -1 with none */
	unsigned users;
	int fd;				/* container, or iommufd; -1 */
	int group_fd;			/* -1 */
	uint32_t ioas;			/* number of the address space in an iommufd */
	struct vpci_iova iova;
	uint64_t alignment;		/* of addresses and lengths */
	uint64_t max_mappings;
	struct vpci_mapping *mappings;
	uint64_t count;
	struct vpci_space *next;
};

/* One device's part of a space; zeroed: none. */
struct vpci_share {
	struct vpci_space *space;
	struct vpci_told *told;		/* what the device was told of */
};

/* Joins the space of a group, or makes it. 0 or -errno with a sentence. */
int vpci_share_open(struct vpci_share *share, const struct vpci_space_ops *ops, int group,
		    const char *device);

/* The device is attached: finds out, once for all of them, what can be mapped. */
int vpci_share_ready(struct vpci_share *share);

/* Takes back what the device was told of, and its mappings unless others have
 * them too. */
void vpci_share_forget(struct vpci_share *share);

/* Leaves the space; the last to leave closes it. A zeroed share is allowed. */
void vpci_share_close(struct vpci_share *share);

/* As the ops mem_add, mem_remove and get_mem_limits. */
int vpci_share_add(struct vpci_share *share, struct virtio_mem_region *region);
int vpci_share_remove(struct vpci_share *share, const struct virtio_mem_region *region);
int vpci_share_limits(const struct vpci_share *share, struct virtio_mem_limits *limits);

/* For ops->look: what addresses are usable, in any order, and which page sizes (a
 * bit each). 0 or -errno with a sentence. */
int vpci_space_set_ranges(struct vpci_space *space, const struct vpci_range *usable, unsigned n,
			  uint64_t page_sizes);

#endif /* VPCI_SPACE_H */
