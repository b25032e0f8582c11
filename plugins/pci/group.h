/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IOMMU groups: which one a function is in, who else is, and VFIO's type1
 * IOMMU of one.
 */
#ifndef VPCI_GROUP_H
#define VPCI_GROUP_H

#include <stdbool.h>
#include <stddef.h>

struct vpci_mapping;
struct vpci_space;

/* The group of a function as of now, or -1. */
int vpci_group_of(const char *function);

/* Is it one of those that VFIO makes up where there is no IOMMU? */
bool vpci_group_has_no_iommu(const char *function);

/* "0000:01:00.1 (nvme), ...": members that keep the group from user space, being
 * held by drivers; bridges do not count. "" if there are none. */
void vpci_group_in_the_way(int group, char *text, size_t size);

/* vfio-type1.c: as in struct vpci_space_ops, on a container. */
int vpci_type1_look(struct vpci_space *space);
int vpci_type1_map(struct vpci_space *space, const struct vpci_mapping *m);
int vpci_type1_unmap(struct vpci_space *space, const struct vpci_mapping *m);

#endif /* VPCI_GROUP_H */
