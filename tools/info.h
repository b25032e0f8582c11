/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What info tells of a PCI function without touching it.
 */
#ifndef INFO_H
#define INFO_H

#include <stdbool.h>
#include <stdint.h>

struct pci_function;
struct report_node;

/* address is "pci:...": the exit status. */
int info_pci(const char *address, bool json);

/* Members `config` and `kernel`: what the kernel's driver made of the device.
 * folder is that of its virtioN in sysfs, "" without one. */
void info_kernel(struct report_node *root, const struct pci_function *f, const char *folder,
		 uint64_t accepted);

#endif /* INFO_H */
