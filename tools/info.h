/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What info tells of a PCI function: by asking the device if no kernel driver
 * holds it, else without touching it.
 */
#ifndef INFO_H
#define INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "pci-config.h"

struct device_settings;
struct pci_function;
struct report_node;

/* address is that of a PCI function: the exit status. */
int info_pci(const char *address, const struct device_settings *settings, bool json);

/* Member `capabilities`: where the virtio structures lie. */
void info_capabilities(struct report_node *root, const struct pci_function *f);

/* The same for other uses: how many, or -errno; -EACCES: root only. */
int info_read_capabilities(const struct pci_function *f, struct pci_cap caps[PCI_CAPS_MAX]);

/* Does it have the registers of legacy virtio only? False if that is not known. */
bool info_is_legacy(const struct pci_function *f);

/*
 * What the kernel's driver made of the device; folder is that of its virtioN
 * in sysfs, "" without one. Member `kernel`, and the configuration as far as
 * sysfs tells: why is the reason for what it does not.
 */
void info_kernel(struct report_node *root, const struct pci_function *f, const char *folder);
void info_kernel_config(struct report_node *root, const struct pci_function *f,
			const char *folder, uint64_t accepted, const char *why);

#endif /* INFO_H */
