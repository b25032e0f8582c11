/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads of PCI configuration space what the capability parser needs.
 */
#ifndef VPCI_CAPS_READ_H
#define VPCI_CAPS_READ_H

#include "caps.h"

/* Reads len bytes at `at`: 0, or -errno; -EACCES where nothing more is shown. */
typedef int (*vpci_config_reader)(void *ctx, unsigned at, void *buf, unsigned len);

/*
 * Fills bytes, zero where nothing was read: the header and the capabilities,
 * but never the data word of the configuration access window, a read of which
 * is a read of the device (PCI-CFGACC-2). How many bytes count, 64 if that is all
 * the kernel shows, or -errno.
 */
int vpci_caps_read(vpci_config_reader read, void *ctx, uint8_t bytes[VPCI_CONFIG_SIZE]);

/*
 * PCI-DETECT-1: a transitional ID says nothing; a device without capabilities is a
 * legacy one: -ENOTSUP. As far as sysfs shows them: who may not read them (0) learns
 * it when the device is opened. Other errors as of vpci_caps_parse.
 */
int vpci_check_modern(const struct vpci_function *fn);

#endif /* VPCI_CAPS_READ_H */
