/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration space, through GET_CONFIG and SET_CONFIG.
 */
#ifndef VHOST_USER_CONFIG_SPACE_H
#define VHOST_USER_CONFIG_SPACE_H

#include <stddef.h>
#include <stdint.h>

struct virtio_dev;

/* The ops. */
int vu_read_dev_cfg(struct virtio_dev *vdev, size_t offset, void *dst, int len);
int vu_write_dev_cfg(struct virtio_dev *vdev, size_t offset, const void *src, int len);
uint32_t vu_get_config_generation(struct virtio_dev *vdev);

#endif /* VHOST_USER_CONFIG_SPACE_H */
