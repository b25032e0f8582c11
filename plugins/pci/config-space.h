/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device configuration space. The ops of these names.
 */
#ifndef VPCI_CONFIG_SPACE_H
#define VPCI_CONFIG_SPACE_H

#include "device.h"

int vpci_read_dev_cfg(struct virtio_dev *vdev, size_t offset, void *dst, int len);
int vpci_write_dev_cfg(struct virtio_dev *vdev, size_t offset, const void *src, int len);
uint32_t vpci_get_config_generation(struct virtio_dev *vdev);

#endif /* VPCI_CONFIG_SPACE_H */
