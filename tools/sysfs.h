/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads attributes, links and folders below sysfs, nothing else: no attribute
 * is ever opened for writing here (rebind.c does, for bind and unbind).
 */
#ifndef SYSFS_H
#define SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for every path that is built here. */
#define SYSFS_PATH 512
/* Room for a name: a driver, an interface. */
#define SYSFS_NAME 64

#define SYSFS_PCI "/sys/bus/pci"
#define SYSFS_GROUPS "/sys/kernel/iommu_groups"
#define SYSFS_MODULES "/sys/module"

/* The attribute's text without its newline; its length, or -errno. */
int sysfs_read(const char *folder, const char *name, char *text, size_t size);

/* A number in any of C's notations. 0 or -errno. */
int sysfs_read_number(const char *folder, const char *name, int64_t *value);

/* The last part of the link's target, "" if there is no link. */
void sysfs_link_name(const char *folder, const char *name, char *text, size_t size);

/* Is there anything of that name, behind links too? */
bool sysfs_exists(const char *folder, const char *name);

/* Is the word among those of the attribute? */
bool sysfs_has_word(const char *folder, const char *name, const char *word);

/* Calls visit for each entry of the folder until it returns true: whether it has. */
typedef bool (*sysfs_visit)(const char *folder, const char *name, void *ctx);
bool sysfs_each(const char *folder, sysfs_visit visit, void *ctx);

/* The first entry of folder/name that begins with prefix, "" if there is none. */
void sysfs_first_entry(const char *folder, const char *name, const char *prefix, char *text,
		       size_t size);

#endif /* SYSFS_H */
