/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration spaces for tests: 256 bytes with a list of capabilities that
 * is put together one by one, and BARs to go with them.
 */
#ifndef CONFIG_BYTES_H
#define CONFIG_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "caps.h"

struct config_bytes {
	uint8_t bytes[VPCI_CONFIG_SIZE];
	struct vpci_bar bars[VPCI_BARS];
	struct vpci_bar beyond;	/* what a careless reader of BAR 6 would find */
	unsigned end;		/* where the next capability goes */
	unsigned link;		/* the pointer that will lead there */
};

/* A header without capabilities; BAR 1 has 4 KiB, BAR 4 64 bits and 16 KiB. */
void config_init(struct config_bytes *c);

/* As init, with what QEMU's devices have: common at 0, ISR at 0x1000, device
 * at 0x2000, notify at 0x3000 of BAR 4, multiplier 4, 3 MSI-X vectors. */
void config_usual(struct config_bytes *c);

/* The same without the structures of one type. */
void config_without(struct config_bytes *c, uint8_t type);

void config_put16(struct config_bytes *c, unsigned at, uint16_t value);
void config_put32(struct config_bytes *c, unsigned at, uint32_t value);

/* Appends a capability of cap_len bytes with this ID, zeroed; where it is. */
unsigned config_add(struct config_bytes *c, uint8_t id, uint8_t cap_len);

/* Appends a vendor capability for a structure; where it is. */
unsigned config_add_virtio(struct config_bytes *c, uint8_t type, uint8_t bar, uint32_t offset,
			   uint32_t length);

/* The same with a notify multiplier, or in the 64-bit form. */
unsigned config_add_notify(struct config_bytes *c, uint8_t bar, uint32_t offset, uint32_t length,
			   uint32_t multiplier);
unsigned config_add_shm(struct config_bytes *c, uint8_t bar, uint8_t id, uint64_t offset,
			uint64_t length);

/* vpci_caps_parse of it all. */
int config_parse(const struct config_bytes *c, struct vpci_caps *caps);

#endif /* CONFIG_BYTES_H */
