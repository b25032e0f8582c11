/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A way in to a function: VFIO by cdev, by group, without an IOMMU, or sysfs.
 *
 * One constant table each. Whoever opens leaves nothing behind on failure, and
 * one sentence that says what was lacking. All calls run one at a time per
 * device, except bar_write of the notify structure.
 */
#ifndef VPCI_ACCESS_H
#define VPCI_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/backend.h>

struct vpci_dev;
struct vpci_function;

struct vpci_access {
	const char *name;		/* as in access= */
	bool translated;		/* bus addresses are IOVAs; else physical ones */

	/* Opens dev->fn, sets dev->way. */
	int (*open)(struct vpci_dev *dev);
	/* Gives all back: descriptors, mappings of memory, what open changed in
	 * the function (bus mastering ends off). Accepts a half-open one. Windows
	 * are closed before. */
	void (*close)(struct vpci_dev *dev);
	/* PCI configuration space: 0, or -errno without a sentence. */
	int (*config_read)(struct vpci_dev *dev, unsigned at, void *buf, unsigned len);
	int (*config_write)(struct vpci_dev *dev, unsigned at, const void *buf, unsigned len);
	/* Maps a page-aligned piece of a memory BAR, to be munmap'ed; -errno
	 * without a sentence if that is refused. */
	int (*bar_map)(struct vpci_dev *dev, unsigned bar, uint64_t offset, uint64_t len,
		       void **addr);
	/* The same BAR by system calls; NULL: none. One access of len bytes. */
	int (*bar_read)(struct vpci_dev *dev, unsigned bar, uint64_t offset, void *buf,
			unsigned len);
	int (*bar_write)(struct vpci_dev *dev, unsigned bar, uint64_t offset, const void *buf,
			 unsigned len);
	/* As the ops of the same name. */
	int (*mem_add)(struct vpci_dev *dev, struct virtio_mem_region *region);
	int (*mem_remove)(struct vpci_dev *dev, const struct virtio_mem_region *region);
	int (*get_mem_limits)(struct vpci_dev *dev, struct virtio_mem_limits *limits);
	/* How many MSI-X vectors can be signalled to eventfds; NULL or 0: none. */
	unsigned (*irq_count)(struct vpci_dev *dev);
	/* Vector i signals fds[i] from now on; n 0: none does. -errno, no sentence. */
	int (*set_irqs)(struct vpci_dev *dev, const int *fds, unsigned n);
	/* The kernel wants the device back: lets go of the device's descriptor so
	 * that its removal can go on, memory mapped for DMA included. Windows are
	 * blind by then; close is still called later. NULL: nothing to let go. */
	void (*let_go)(struct vpci_dev *dev);
};

extern const struct vpci_access vpci_access_cdev;	/* vfio-cdev.c */
extern const struct vpci_access vpci_access_type1;	/* vfio-group.c */
extern const struct vpci_access vpci_access_noiommu;	/* vfio-group.c */
extern const struct vpci_access vpci_access_sysfs;	/* access-sysfs.c */

/* Which ways to try, as access= says. */
struct vpci_access_choice {
	const char *name;		/* "auto", "vfio", or a way's own */
	const struct vpci_access *ways[5];	/* in this order, then NULL */
};

/* The choice of that name; NULL if there is none. */
const struct vpci_access_choice *vpci_access_find(const char *name);
/* The names that access= takes, for a sentence. */
#define VPCI_ACCESS_NAMES "auto, vfio, cdev, type1, noiommu or sysfs"

/* Opens dev by the first way that works; sets dev->access. -errno and one
 * sentence with what each way was lacking. */
int vpci_access_open(struct vpci_dev *dev, const struct vpci_access_choice *choice);

#endif /* VPCI_ACCESS_H */
