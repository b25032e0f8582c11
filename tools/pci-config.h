/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtio capabilities in a PCI function's configuration space.
 *
 * The walk reads through a callback, so that it can run on bytes. It never
 * reads the data word of the configuration access capability: reading that
 * would make the device read its own registers.
 */
#ifndef PCI_CONFIG_H
#define PCI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

/* PCI-CAP: what cfg_type says. */
enum pci_cap_type {
	PCI_CAP_COMMON = 1,
	PCI_CAP_NOTIFY = 2,
	PCI_CAP_ISR = 3,
	PCI_CAP_DEVICE = 4,
	PCI_CAP_ACCESS = 5,
	PCI_CAP_SHARED = 8,
	PCI_CAP_VENDOR = 9,
};

struct pci_cap {
	uint8_t type;
	bool placed;		/* the next four are known */
	uint8_t bar;
	uint8_t id;
	uint64_t offset;
	uint64_t length;
	uint32_t multiplier;	/* of the notify capability */
};

/* More cannot stand in 192 bytes. HARD-CAP-2 */
#define PCI_CAPS_MAX 48

/* Reads len bytes at offset of configuration space: 0 or -errno. */
typedef int (*pci_config_reader)(void *ctx, unsigned offset, void *buf, unsigned len);

/*
 * Fills caps: how many, or -errno; -EACCES if the reader may see the first 64
 * bytes only.
 */
int pci_config_walk(pci_config_reader read, void *ctx, struct pci_cap caps[PCI_CAPS_MAX]);

/* "common", "notify", ..., or NULL for a reserved type. */
const char *pci_cap_name(uint8_t type);

#endif /* PCI_CONFIG_H */
