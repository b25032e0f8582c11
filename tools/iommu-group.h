/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IOMMU group of a PCI function: what else is in it, and whether VFIO can
 * have it. Read from sysfs.
 */
#ifndef IOMMU_GROUP_H
#define IOMMU_GROUP_H

#include <stdbool.h>

#define GROUP_TEXT 256

struct pci_function;

struct iommu_group {
	bool no_iommu;		/* one that VFIO made up: nothing confines the device */
	unsigned others;	/* members besides the function, bridges not counted */
	unsigned blocking;	/* of these, held by drivers of the host */
	char other_names[GROUP_TEXT];	/* "0000:00:03.0 (nvme), ..." */
	char blocking_names[GROUP_TEXT];
};

/* False if the function is in no group. */
bool iommu_group_read(const struct pci_function *function, struct iommu_group *group);

/* Calls visit for each member besides the function and bridges, until it says true;
 * blocking: the driver is one of the host. True if visit said so. */
typedef bool (*group_visit)(const char *name, const char *driver, bool blocking, void *ctx);
bool iommu_group_each(const struct pci_function *function, group_visit visit, void *ctx);

/* Is VFIO's unsafe no-IOMMU mode switched on? */
bool no_iommu_mode(void);

#endif /* IOMMU_GROUP_H */
