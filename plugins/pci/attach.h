/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the bus to a device: the entry points enumerate, attach, init and
 * release, and the checks that open shares with them.
 */
#ifndef VPCI_ATTACH_H
#define VPCI_ATTACH_H

#include <virtio-poll/backend.h>

#include "function.h"

int vpci_enumerate(int (*cb)(const struct virtio_device_info *info, void *ctx), void *ctx);
int vpci_attach(virtio_attach_cb cb, void *cb_ctx, uint16_t device_id,
		const struct virtio_pci_addr *addr);
int vpci_init(struct virtio_dev *vdev, const char *name, void *device);
void vpci_release(void *device);

/* May the function be driven from here? 0, -EBUSY if a kernel driver holds it,
 * -ENODEV if it is no virtio device, -ENOTSUP if it is a legacy one. */
int vpci_check_usable(const struct vpci_function *fn);

#endif /* VPCI_ATTACH_H */
