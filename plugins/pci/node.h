/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device nodes of VFIO: opened, or the reason why not, with what to do and,
 * where it is taken, by whom.
 */
#ifndef VPCI_NODE_H
#define VPCI_NODE_H

#include <stddef.h>

/* Opens a node for reading and writing: a descriptor, or -errno with a sentence;
 * `absent` says what to do if there is no such node. */
int vpci_node_open(const char *path, const char *absent);

/* "process 123 (qemu)": another process that has the file open, as far as this one
 * may see. */
void vpci_node_holder(const char *path, char *text, size_t size);

#define VPCI_IOMMUFD	"/dev/iommu"

/* The path of a function's own node below /dev/vfio/devices: 0, or -ENOENT. */
int vpci_node_of(const char *function, char *path, size_t size);

#endif /* VPCI_NODE_H */
