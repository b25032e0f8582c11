/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks at a function from outside and says what is in the way of opening it:
 * its driver, its IOMMU group, its nodes, huge pages, privilege. For lists and
 * descriptions; whoever opens learns the rest from the ways in.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "caps-read.h"
#include "group.h"
#include "missing.h"
#include "node.h"
#include "pages.h"

static const char *lacks_huge_pages(void)
{
	uint64_t size;

	return vpci_huge_pages(&size) ? NULL : "huge pages: echo 64 >/proc/sys/vm/nr_hugepages";
}

/* May this user open it? */
static bool is_open_to_us(const char *path)
{
	return !access(path, R_OK | W_OK);
}

/* Is the function's own node there, and may this user have it and iommufd? */
static bool has_cdev(const struct vpci_function *fn)
{
	char path[64];

	return !vpci_node_of(fn->name, path, sizeof(path)) && is_open_to_us(path) &&
	       is_open_to_us(VPCI_IOMMUFD);
}

/* The group's node, or the one of no-IOMMU mode. */
static const char *lacks_group_node(const struct vpci_function *fn, char *text, size_t size)
{
	const bool physical = vpci_group_has_no_iommu(fn->name);
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%s%d", physical ? "noiommu-" : "", fn->iommu_group);
	if (access(path, F_OK))
		return "bound to vfio-pci, but its node in /dev/vfio is not there";
	if (is_open_to_us(path))
		return physical ? lacks_huge_pages() : NULL;
	snprintf(text, size, "permission to read and write %s", path);
	return text;
}

static const char *missing_for_vfio(const struct vpci_function *fn, char *text, size_t size)
{
	char members[96];

	if (fn->iommu_group < 0)
		return "bound to vfio-pci without an IOMMU group: the IOMMU is off";
	vpci_group_in_the_way(fn->iommu_group, members, sizeof(members));
	if (!*members)
		return has_cdev(fn) ? NULL : lacks_group_node(fn, text, size);
	snprintf(text, size, "IOMMU group %d also has %s", fn->iommu_group, members);
	return text;
}

static const char *missing_for_sysfs(const struct vpci_function *fn, char *text, size_t size)
{
	if (vpci_function_is_translated(fn)) {
		snprintf(text, size, "it is behind an IOMMU: virtio-poll-ctl bind pci:%s", fn->name);
		return text;
	}
	return geteuid() ? "root: without VFIO it is reached through sysfs" : lacks_huge_pages();
}

const char *vpci_bind_command(const struct vpci_function *fn)
{
	return fn->iommu_group >= 0 ? "virtio-poll-ctl bind" : "virtio-poll-ctl bind --driver none";
}

const char *vpci_missing(const struct vpci_function *fn, char *text, size_t size)
{
	/* Nothing helps that, so nothing else is worth telling. */
	if (vpci_check_modern(fn) == -ENOTSUP)
		return "virtio 1.x: it is a legacy device";
	if (!fn->type) {
		snprintf(text, size, "a device type: PCI ID 0x%04x has none", fn->device);
		return text;
	}
	if (vpci_function_is_held(fn)) {
		snprintf(text, size, "the kernel driver %s holds it: %s pci:%s", fn->driver,
			 vpci_bind_command(fn), fn->name);
		return text;
	}
	return vpci_function_is_vfio(fn) ? missing_for_vfio(fn, text, size) :
					   missing_for_sysfs(fn, text, size);
}
