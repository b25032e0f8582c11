/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attributes and links below /sys/bus/pci/devices, by a function's name.
 */
#ifndef VPCI_SYSFS_H
#define VPCI_SYSFS_H

#include <stddef.h>
#include <stdint.h>

#define VPCI_SYSFS_DEVICES	"/sys/bus/pci/devices"
#define VPCI_SYSFS_PATH		256

/* The path of an attribute of a function. */
void vpci_sysfs_path(char path[VPCI_SYSFS_PATH], const char *function, const char *attribute);

/* Reads a text file, without the newline at its end: its length or -errno. */
int vpci_read_text(const char *path, char *text, size_t size);

/* The same of an attribute of a function. */
int vpci_sysfs_read(const char *function, const char *attribute, char *text, size_t size);

/* A number of an attribute (decimal or 0x), or `otherwise`. */
int64_t vpci_sysfs_number(const char *function, const char *attribute, int64_t otherwise);

/* The last part of what a link of a function points at, or "". */
void vpci_sysfs_link(const char *function, const char *attribute, char *text, size_t size);

/* Opens an attribute; a descriptor or -errno. */
int vpci_sysfs_open(const char *function, const char *attribute, int flags);

#endif /* VPCI_SYSFS_H */
