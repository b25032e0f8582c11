/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PCI bus, through libpciaccess: which virtio functions there are.
 *
 * Each call scans anew and gives copies: libpciaccess keeps one list per
 * process, which another user of it may drop at any time. Reads only.
 */
#ifndef VPCI_BUS_H
#define VPCI_BUS_H

#include "function.h"

/* All virtio functions in bus order, without their BARs: how many, or -errno.
 * *list is freed by the caller. */
int vpci_bus_scan(struct vpci_function **list);

/* The function at addr, virtio or not: 0, or -ENODEV with a sentence. */
int vpci_bus_find(const struct virtio_pci_addr *addr, struct vpci_function *fn);

#endif /* VPCI_BUS_H */
