/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads attributes and links below sysfs, nothing else: no attribute is ever
 * opened for writing. VIRTIO_POLL_SYSFS names another root, for tests and for
 * looking at a copy.
 */
#ifndef SYSFS_H
#define SYSFS_H

#include <stddef.h>
#include <stdint.h>

/* Room for every path that is built here. */
#define SYSFS_PATH 512
/* Room for a name: a driver, an interface. */
#define SYSFS_NAME 64

const char *sysfs_root(void);

/* The attribute's text without its newline; its length, or -errno. */
int sysfs_read(const char *folder, const char *name, char *text, size_t size);

/* A number in any of C's notations. 0 or -errno. */
int sysfs_read_number(const char *folder, const char *name, int64_t *value);

/* The last part of the link's target, "" if there is no link. */
void sysfs_link_name(const char *folder, const char *name, char *text, size_t size);

/* The first entry of folder/name that begins with prefix, "" if there is none. */
void sysfs_first_entry(const char *folder, const char *name, const char *prefix, char *text,
		       size_t size);

#endif /* SYSFS_H */
