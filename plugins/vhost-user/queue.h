/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rings: made known to the server, enabled, kicked, stopped.
 *
 * A ring's eventfds live from setup_queue to del_queue whatever becomes of
 * the connection, since notify_queue runs without a lock.
 */
#ifndef VHOST_USER_QUEUE_H
#define VHOST_USER_QUEUE_H

#include "front.h"

void vu_ring_init(struct vu_ring *ring);

/* Closes the eventfds and forgets the ring. */
void vu_ring_close(struct vu_front *front, struct vu_ring *ring);

/* For all rings that are set up: enable, then kick once. */
int vu_rings_enable(struct vu_front *front);
void vu_rings_kick(struct vu_front *front);

/* Disables and stops all that were started; returns when the server has let
 * go of all that it took, else -errno. */
int vu_rings_stop(struct vu_front *front);

/* The same for one ring that was started, without disabling it. */
int vu_ring_stop(struct vu_front *front, uint32_t index);

/* The server is gone: no ring is started any more. */
void vu_rings_lost(struct vu_front *front);

/* The ops. */
int vu_setup_queue(struct virtio_dev *vdev, struct virtqueue *vq);
void vu_del_queue(struct virtio_dev *vdev, struct virtqueue *vq);
void vu_notify_queue(struct virtio_dev *vdev, struct virtqueue *vq);
int vu_queue_fd(struct virtio_dev *vdev, struct virtqueue *vq);

#endif /* VHOST_USER_QUEUE_H */
