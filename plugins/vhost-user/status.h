/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The status field, reset and stop, over whatever of STATUS and RESET_DEVICE
 * was negotiated.
 */
#ifndef VHOST_USER_STATUS_H
#define VHOST_USER_STATUS_H

#include "front.h"

/* The ops. */
uint8_t vu_get_status(struct virtio_dev *vdev);
void vu_set_status(struct virtio_dev *vdev, uint8_t status);
int vu_stop(struct virtio_dev *vdev);

#endif /* VHOST_USER_STATUS_H */
