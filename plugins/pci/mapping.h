/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a mapping is of: the region that a device is told of, and whether another
 * device of its space was told of the same. Used by space.c.
 */
#ifndef VPCI_MAPPING_H
#define VPCI_MAPPING_H

#include <stdbool.h>

#include "space.h"

/* Fills *m in, all but where the device sees it. 0 or -errno with a sentence. */
int vpci_mapping_describe(const struct virtio_mem_region *region, struct vpci_mapping *m);

/* The same memory, for certain. */
bool vpci_mapping_is_same(const struct vpci_mapping *a, const struct vpci_mapping *b);

#endif /* VPCI_MAPPING_H */
