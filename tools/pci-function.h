/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtio functions on the PCI bus as sysfs shows them, whatever driver holds
 * them. Reads only, needs no privilege, touches no device.
 */
#ifndef PCI_FUNCTION_H
#define PCI_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/pci.h>

#include "sysfs.h"

struct pci_function {
	struct virtio_pci_addr addr;
	char address[VIRTIO_PCI_ADDR_STRLEN + 4];	/* "pci:0000:00:04.0" */
	char folder[SYSFS_PATH / 2];			/* of the device in sysfs */
	uint16_t vendor;
	uint16_t device;
	uint16_t subsystem_vendor;
	uint16_t subsystem_device;
	uint8_t revision;
	uint16_t type;		/* VIRTIO_ID_*, 0 if the ID tells none */
	bool transitional;
	char driver[SYSFS_NAME];	/* "" if none is bound */
	char virtio[SYSFS_NAME];	/* "virtio0", "" without virtio-pci */
	int iommu_group;	/* -1 if none */
	int numa_node;		/* -1 if unknown */
	bool told;		/* the user's: a backend has told of it */
};

/* All virtio functions in bus order: how many, *list to be freed; or -errno. */
int pci_function_scan(struct pci_function **list);

/* The function at addr. 0; -ENODEV if there is none, -EMEDIUMTYPE if it is no
 * virtio function (vendor and device are filled in then). */
int pci_function_find(const struct virtio_pci_addr *addr, struct pci_function *function);

/* Is it bound to vfio-pci, or to a driver that is built on it? */
bool pci_function_has_vfio(const struct pci_function *function);

/* Is there no driver, or one that hands the device to user space? */
bool pci_function_driver_yields(const struct pci_function *function);

#endif /* PCI_FUNCTION_H */
