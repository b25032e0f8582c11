/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What /proc says is mounted and swapped to, seen from this process.
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

/* Where a file system on the block device is mounted: `device` is its name
 * below /dev, `number` its "MAJOR:MINOR". False if it is not. */
bool mount_of_block(const char *device, const char *number, char *where, size_t size);

/* Where a file system of that type and source is mounted; source NULL: any. */
bool mount_of_type(const char *type, const char *source, char *where, size_t size);

/* Is the block device swapped to? */
bool is_swap(const char *device, const char *number);

#endif /* MOUNTS_H */
