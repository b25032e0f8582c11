/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The type of a device whose transport does not tell it: vhost-user servers
 * never say what they serve.
 */
#ifndef GUESS_H
#define GUESS_H

#include <stdint.h>

struct virtio_dev;

/*
 * A guess from the offered features, the configuration space and the family of
 * the server (may be NULL): VIRTIO_ID_*, or 0. No fact: say so wherever it is
 * shown.
 */
uint16_t guess_type(struct virtio_dev *vdev, uint64_t offered, const char *family);

#endif /* GUESS_H */
