/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A window: one virtio structure inside a BAR, mapped, or reached by reads and
 * writes through the way in where mapping is refused (HARD-CAP-10).
 *
 * Each access has the width of the field, aligned (PCI-LAYOUT-1 to -3);
 * values are the CPU's, the device's are little-endian. One outside the
 * window reads as ones and is not written.
 */
#ifndef VPCI_WINDOW_H
#define VPCI_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "caps.h"

struct vpci_dev;

struct vpci_window {
	struct vpci_dev *dev;
	volatile uint8_t *base;		/* NULL: not mapped */
	struct vpci_place place;	/* length 0: there is no such structure */
	void *map;
	size_t map_len;
};

/* Opens a window on the first `length` bytes of place, or all if it is shorter;
 * w->place says what it became. 0, or
 * -errno with a sentence. */
int vpci_window_open(struct vpci_window *w, struct vpci_dev *dev, const struct vpci_place *place,
		     uint64_t length, const char *what);

/* Closes it; a window that was never opened is closed. */
void vpci_window_close(struct vpci_window *w);

/* Puts memory of ones where the BAR was mapped: late accesses, from another
 * thread too, touch no device any more and cannot fault. */
void vpci_window_blind(struct vpci_window *w);

uint8_t vpci_read8(const struct vpci_window *w, uint64_t at);
uint16_t vpci_read16(const struct vpci_window *w, uint64_t at);
uint32_t vpci_read32(const struct vpci_window *w, uint64_t at);
void vpci_write8(const struct vpci_window *w, uint64_t at, uint8_t value);
void vpci_write16(const struct vpci_window *w, uint64_t at, uint16_t value);
void vpci_write32(const struct vpci_window *w, uint64_t at, uint32_t value);

#endif /* VPCI_WINDOW_H */
