/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All queues of a device together: made and set up at start, ended at stop,
 * freed at the next reset. For lifecycle.c, under the control lock.
 */
#ifndef QUEUE_SET_H
#define QUEUE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

/* Makes up to max_queues queues with their rings; the device is not told. */
int queue_set_make(struct device *dev, uint32_t max_queues);
/* Makes each known to the transport. */
int queue_set_set_up(struct device *dev);
/* The device has stopped: takes what it completed if confirmed, tells the
 * transport to forget the queues, and lets cookies be collected. */
void queue_set_end(struct device *dev, bool confirmed);
/* The rings' memory; kept for ever if the device may still touch it. */
void queue_set_free_rings(struct device *dev, bool quarantine);

#endif /* QUEUE_SET_H */
