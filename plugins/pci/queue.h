/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queues: size, addresses, vector, doorbell. The ops of these names.
 */
#ifndef VPCI_QUEUE_H
#define VPCI_QUEUE_H

#include "device.h"

uint16_t vpci_get_queue_size(struct virtio_dev *vdev, uint16_t queue_id);
int vpci_setup_queue(struct virtio_dev *vdev, struct virtqueue *vq);
void vpci_del_queue(struct virtio_dev *vdev, struct virtqueue *vq);
void vpci_notify_queue(struct virtio_dev *vdev, struct virtqueue *vq);

#endif /* VPCI_QUEUE_H */
