/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtio capabilities of a function: VIRTIO 1.3, 4.1.4.
 *
 * A pure function from the bytes of configuration space to locations that
 * were checked against the BARs. Every byte is the device's word; what is not
 * usable is passed over, and the next instance of its type is looked at.
 */
#ifndef VPCI_CAPS_H
#define VPCI_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "function.h"

#define VPCI_CONFIG_SIZE	256
#define VPCI_COMMON_SIZE	0x38	/* of the common configuration, without optional fields */
#define VPCI_MAX_SHM		16

/* cfg_type */
#define VPCI_CAP_COMMON		1
#define VPCI_CAP_NOTIFY		2
#define VPCI_CAP_ISR		3
#define VPCI_CAP_DEVICE		4
#define VPCI_CAP_ACCESS		5
#define VPCI_CAP_SHM		8
#define VPCI_CAP_VENDOR		9

/* Where a structure lies: inside the BAR, aligned; length 0 if there is none. */
struct vpci_place {
	uint64_t offset;
	uint64_t length;
	uint8_t bar;
	uint8_t id;		/* of a shared memory region */
};

struct vpci_caps {
	struct vpci_place common;
	struct vpci_place notify;
	struct vpci_place isr;
	struct vpci_place device;
	struct vpci_place shm[VPCI_MAX_SHM];
	unsigned shm_count;
	uint32_t notify_multiplier;
	uint16_t msix_size;	/* vectors in the table, 0 without MSI-X */
	bool overlaps;		/* HARD-CAP-11: common, notify or ISR share bytes */
};

/*
 * Reads len bytes of configuration space (64 to 256). 0; -ENOTSUP if there is
 * no virtio capability at all, as of a legacy device (PCI-DETECT-1); -EPROTO
 * if the common or notify structure is nowhere usable. A sentence is left.
 */
int vpci_caps_parse(const uint8_t *config, size_t len, const struct vpci_bar bars[VPCI_BARS],
		    struct vpci_caps *caps);

#endif /* VPCI_CAPS_H */
