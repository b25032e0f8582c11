/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What all VFIO ways in have: a descriptor of the device, its regions and its
 * interrupts.
 *
 * The ways differ in how they come by the descriptor and in how memory is
 * mapped; vfio-group.c and vfio-cdev.c do that and begin with
 * vpci_vfio_begin.
 */
#ifndef VPCI_VFIO_H
#define VPCI_VFIO_H

#include <stdbool.h>
#include <stdint.h>

#include "access.h"
#include "device.h"
#include "iova.h"
#include "space.h"
#include "vfio-uapi.h"

#define VPCI_VFIO_REGIONS	(VFIO_PCI_CONFIG_REGION_INDEX + 1)

struct vpci_vfio_region {
	uint64_t size;			/* 0: absent */
	uint64_t offset;		/* in the descriptor */
	uint32_t flags;			/* VFIO_REGION_INFO_FLAG_* */
	bool sparse;			/* only these areas may be mapped */
	struct vpci_range *areas;
	unsigned area_count;
};

struct vpci_vfio {
	int fd;				/* the device; -1 */
	int stand_in;			/* takes its place when it is let go; -1 */
	bool started;			/* far enough to be reset at the end */
	bool let_go;
	bool can_reset;
	bool irqs_on;
	unsigned irq_count;		/* MSI-X */
	struct vpci_vfio_region regions[VPCI_VFIO_REGIONS];
	struct vpci_share share;	/* of the group's space */
};

/* vfio.c */
/* Makes dev->way, with nothing open. 0 or -errno with a sentence. */
int vpci_vfio_new(struct vpci_dev *dev);
/* Once fd is open: regions, interrupts, the events; memory on, INTx off. 0 or
 * -errno with a sentence. */
int vpci_vfio_begin(struct vpci_dev *dev);
/* As the members of struct vpci_access. */
void vpci_vfio_close(struct vpci_dev *dev);
void vpci_vfio_let_go(struct vpci_dev *dev);
int vpci_vfio_config_read(struct vpci_dev *dev, unsigned at, void *buf, unsigned len);
int vpci_vfio_config_write(struct vpci_dev *dev, unsigned at, const void *buf, unsigned len);
int vpci_vfio_mem_add(struct vpci_dev *dev, struct virtio_mem_region *region);
int vpci_vfio_mem_remove(struct vpci_dev *dev, const struct virtio_mem_region *region);
int vpci_vfio_mem_limits(struct vpci_dev *dev, struct virtio_mem_limits *limits);

/* vfio-region.c */
int vpci_vfio_find_regions(const struct vpci_function *fn, struct vpci_vfio *v);
void vpci_vfio_free_regions(struct vpci_vfio *v);
int vpci_vfio_bar_map(struct vpci_dev *dev, unsigned bar, uint64_t offset, uint64_t len,
		      void **addr);
int vpci_vfio_bar_read(struct vpci_dev *dev, unsigned bar, uint64_t offset, void *buf,
		       unsigned len);
int vpci_vfio_bar_write(struct vpci_dev *dev, unsigned bar, uint64_t offset, const void *buf,
			unsigned len);
/* May this piece of the region be mapped? Pure. */
bool vpci_vfio_may_map(const struct vpci_vfio_region *r, uint64_t offset, uint64_t len);

/* vfio-irq.c */
/* The events that VFIO itself has, and how many vectors there are. */
int vpci_vfio_find_irqs(struct vpci_dev *dev);
void vpci_vfio_close_irqs(struct vpci_dev *dev);
unsigned vpci_vfio_irq_count(struct vpci_dev *dev);
int vpci_vfio_set_irqs(struct vpci_dev *dev, const int *fds, unsigned n);

/* The members that all VFIO ways have in common. */
#define VPCI_VFIO_ACCESS \
	.close = vpci_vfio_close, \
	.config_read = vpci_vfio_config_read, \
	.config_write = vpci_vfio_config_write, \
	.bar_map = vpci_vfio_bar_map, \
	.bar_read = vpci_vfio_bar_read, \
	.bar_write = vpci_vfio_bar_write, \
	.mem_add = vpci_vfio_mem_add, \
	.mem_remove = vpci_vfio_mem_remove, \
	.irq_count = vpci_vfio_irq_count, \
	.set_irqs = vpci_vfio_set_irqs, \
	.let_go = vpci_vfio_let_go

#endif /* VPCI_VFIO_H */
