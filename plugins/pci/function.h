/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is known of a PCI function without touching it: where it is, what its
 * IDs say, how large its BARs are, which driver holds it.
 *
 * A plain record; bus.c fills in what libpciaccess knows, function.c what
 * sysfs says on top.
 */
#ifndef VPCI_FUNCTION_H
#define VPCI_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/pci.h>

#define VPCI_BARS		6
#define VPCI_DRIVER_LEN		64
#define VPCI_VENDOR		0x1af4
#define VPCI_ID_MODERN		0x1040	/* plus the virtio ID */

/* A base address register. */
struct vpci_bar {
	uint64_t size;		/* 0: absent, or the upper half of the one before */
	uint64_t base;		/* where the CPU sees it */
	bool io;		/* ports, no memory */
};

struct vpci_function {
	struct virtio_pci_addr addr;
	char name[VIRTIO_PCI_ADDR_STRLEN];	/* "0000:00:04.0", as in sysfs */
	uint16_t vendor;
	uint16_t device;
	uint16_t subsystem_vendor;
	uint16_t subsystem_device;
	uint8_t revision;
	uint16_t type;			/* virtio ID; 0: an ID that no type has */
	bool transitional;
	struct vpci_bar bars[VPCI_BARS];	/* of one that vpci_bus_find found, and
						 * that no kernel driver holds */
	char driver[VPCI_DRIVER_LEN];	/* that holds it, or "" */
	int iommu_group;		/* -1: none */
	int numa_node;			/* -1: unknown */
};

/* PCI-DISC-1, -2: is it a virtio ID of the vendor's? */
bool vpci_is_virtio(uint16_t vendor, uint16_t device);

/* PCI-DISC-5: the type of a PCI device ID, 0 if no type has it. */
uint16_t vpci_type_of(uint16_t device);

/* Fills in what only sysfs says: driver, IOMMU group, NUMA node. */
void vpci_function_look(struct vpci_function *fn);

/* Is it held by a driver that is not meant to hand it to user space? */
bool vpci_function_is_held(const struct vpci_function *fn);

/* Is it bound to vfio-pci, or another driver that is a VFIO one? */
bool vpci_function_is_vfio(const struct vpci_function *fn);

/* Is there a driver of the UIO kind, which leaves the function's BARs to sysfs? */
bool vpci_function_is_uio(const struct vpci_function *fn);

/* Does the kernel translate what the function's group puts on the bus? */
bool vpci_function_is_translated(const struct vpci_function *fn);

#endif /* VPCI_FUNCTION_H */
