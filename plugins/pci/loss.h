/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens to a device by itself: removal, errors of the bus, changed
 * configuration, the wish for a reset. The ops poll and look.
 */
#ifndef VPCI_LOSS_H
#define VPCI_LOSS_H

#include "device.h"

/* Begins to watch the way in's own descriptors. 0 or -errno. */
int vpci_loss_begin(struct vpci_dev *dev);
/* Adds the eventfd of configuration changes. */
int vpci_loss_watch(struct vpci_dev *dev, int fd);
void vpci_loss_end(struct vpci_dev *dev);

int vpci_poll(struct virtio_dev *vdev);
int vpci_look(struct virtio_dev *vdev);

/*
 * The device is gone, or the kernel wants it back: ends all its access to
 * memory as far as it still listens, lets go of it, and reports REMOVED. Once;
 * no register is touched after it.
 */
void vpci_lost(struct vpci_dev *dev, const char *why);

#endif /* VPCI_LOSS_H */
