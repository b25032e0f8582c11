/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The specification's names: device types and feature bits.
 *
 * Tables for people: tools print them, addresses and options are written in
 * them. Nothing in the library decides by them. All calls: any thread, never
 * block, strings are constant.
 */
#ifndef VIRTIO_POLL_NAMES_H
#define VIRTIO_POLL_NAMES_H

#include <stdint.h>

#include <virtio-poll/error.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/*
 * The type's name in lower case ("network", "block", "entropy", "scsi"), or
 * NULL for an ID without one. VIRTIO 1.3, section 5. Since 0.1.0.
 */
const char *virtio_device_type_name(uint16_t device_id);

/* The ID of a type's name, or 0. Since 0.1.0. */
uint16_t virtio_device_type_id(const char *name);

/*
 * The C name of a feature bit ("VIRTIO_BLK_F_MQ", "VIRTIO_F_RING_PACKED"),
 * for a device type where the bit is the type's; NULL if it has none. With
 * device_id 0 only the type-independent bits have names. Since 0.1.0.
 */
const char *virtio_feature_name(uint16_t device_id, unsigned bit);

/*
 * The bit of a feature's C name, for any type; -ENOENT if there is none of
 * that name. "VIRTIO_" may be left out. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_feature_bit(const char *name);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_NAMES_H */
