/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MSI-X vectors, each an eventfd: one for configuration changes and one per
 * queue where there are enough, shared otherwise; none at all without VFIO.
 */
#ifndef VPCI_IRQ_H
#define VPCI_IRQ_H

#include "device.h"

/* Before the first queue of a start: spreads the vectors over so many queues
 * and maps the one of configuration changes. Once per reset. */
int vpci_irq_begin(struct vpci_dev *dev, uint16_t queues);

/* Maps the vector of the selected queue. */
int vpci_irq_map_queue(struct vpci_dev *dev, uint16_t queue_id);

/* The op of this name. */
int vpci_queue_fd(struct virtio_dev *vdev, struct virtqueue *vq);

/* Switches all off and closes the eventfds. */
void vpci_irq_end(struct vpci_dev *dev);

#endif /* VPCI_IRQ_H */
