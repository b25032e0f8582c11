/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory the server is told of: collected before the first ring is set
 * up, told then, kept up to date while rings run, taken back at stop.
 *
 * Guest address, user address and our own address are the same, so rings and
 * descriptors use one space (VU-MEM-7).
 */
#ifndef VHOST_USER_MEMORY_H
#define VHOST_USER_MEMORY_H

#include "front.h"

/* How many regions the server takes, after the hand-shake. */
void vu_memory_set_limit(struct vu_front *front);

/* Tells the server all that it has not been told. */
int vu_memory_publish(struct vu_front *front);

/* Tells the server one region more; only with CONFIGURE_MEM_SLOTS. */
int vu_memory_tell(struct vu_front *front, struct vu_mem_entry *entry);

/* After the rings have stopped: the server gives back what it can, and all
 * counts as not told. */
void vu_memory_withdraw(struct vu_front *front);

/* Is this range inside one region that the server knows? */
bool vu_memory_known(const struct vu_front *front, const void *addr, uint64_t len);

void vu_memory_free(struct vu_memory *memory);

/* The ops. */
int vu_mem_add(struct virtio_dev *vdev, struct virtio_mem_region *region);
int vu_mem_remove(struct virtio_dev *vdev, const struct virtio_mem_region *region);
int vu_get_mem_limits(struct virtio_dev *vdev, struct virtio_mem_limits *limits);

#endif /* VHOST_USER_MEMORY_H */
