/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The common configuration structure at work: status, features, how many
 * queues there are. The ops of these names, and the reset that is awaited.
 */
#ifndef VPCI_COMMON_H
#define VPCI_COMMON_H

#include "device.h"

uint8_t vpci_get_status(struct virtio_dev *vdev);
void vpci_set_status(struct virtio_dev *vdev, uint8_t status);
uint64_t vpci_get_features(struct virtio_dev *vdev);
int vpci_set_features(struct virtio_dev *vdev, uint64_t features);
uint16_t vpci_get_max_queues(struct virtio_dev *vdev);
int vpci_stop(struct virtio_dev *vdev);

/* Is it on the bus? Asked of the kernel, and no register is touched. */
bool vpci_is_present(struct vpci_dev *dev);

/* 0, or -ENODEV with a sentence if the status says that it is gone. */
int vpci_check_alive(struct vpci_dev *dev);

/*
 * Writes 0 to the status and waits until it reads 0 (PCI-COMMON-5), ms
 * milliseconds at most. -ETIMEDOUT, or -ENODEV if it reads all ones; no
 * sentence.
 */
int vpci_reset(struct vpci_dev *dev, int ms);

#endif /* VPCI_COMMON_H */
