/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hand-shake, and what was agreed on in it: protocol features, queue and
 * slot counts, feature bits.
 */
#ifndef VHOST_USER_NEGOTIATE_H
#define VHOST_USER_NEGOTIATE_H

#include "front.h"

/* The protocol features to accept of those offered: known ones whose duties
 * are done here, and whose companions are accepted too. Pure. */
uint64_t vu_protocol_choose(uint64_t offered);

/* The C name of a protocol feature bit, NULL if it has none. Pure. */
const char *vu_protocol_name(unsigned bit);

/* Everything that comes before the device exists. */
int vu_handshake(struct vu_front *front);

/* The ops. */
uint64_t vu_get_features(struct virtio_dev *vdev);
int vu_set_features(struct virtio_dev *vdev, uint64_t features);
uint16_t vu_get_max_queues(struct virtio_dev *vdev);
uint16_t vu_get_queue_size(struct virtio_dev *vdev, uint16_t queue_id);

#endif /* VHOST_USER_NEGOTIATE_H */
