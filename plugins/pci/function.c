/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a function's IDs mean, and what sysfs says of it: driver, IOMMU group,
 * NUMA node. Asked by whoever lists, claims or opens one; nothing is changed.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include <linux/virtio_ids.h>

#include "function.h"
#include "group.h"
#include "sysfs.h"

#define ID_FIRST		0x1000
#define ID_LAST			0x107f

static const struct {
	uint16_t device;
	uint16_t type;
} transitional[] = {
	{ 0x1000, VIRTIO_ID_NET },
	{ 0x1001, VIRTIO_ID_BLOCK },
	{ 0x1002, VIRTIO_ID_BALLOON },
	{ 0x1003, VIRTIO_ID_CONSOLE },
	{ 0x1004, VIRTIO_ID_SCSI },
	{ 0x1005, VIRTIO_ID_RNG },
	{ 0x1009, VIRTIO_ID_9P },
};

/* Drivers of the UIO kind: they leave the BARs to sysfs. */
static const char *const uio_drivers[] = { "uio_pci_generic", "igb_uio" };

/* PCI-DISC-1, -2; PCI-DISC-3, -4: neither revision nor subsystem are asked. */
bool vpci_is_virtio(uint16_t vendor, uint16_t device)
{
	return vendor == VPCI_VENDOR && device >= ID_FIRST && device <= ID_LAST;
}

/* PCI-DISC-5: by the table, whatever the subsystem ID says. */
uint16_t vpci_type_of(uint16_t device)
{
	if (device >= VPCI_ID_MODERN && device <= ID_LAST)
		return (uint16_t)(device - VPCI_ID_MODERN);
	for (size_t i = 0; i < sizeof(transitional) / sizeof(transitional[0]); i++) {
		if (transitional[i].device == device)
			return transitional[i].type;
	}
	return 0;
}

void vpci_function_look(struct vpci_function *fn)
{
	const int64_t node = vpci_sysfs_number(fn->name, "numa_node", -1);

	vpci_sysfs_link(fn->name, "driver", fn->driver, sizeof(fn->driver));
	fn->iommu_group = vpci_group_of(fn->name);
	fn->numa_node = node >= 0 && node <= INT32_MAX ? (int)node : -1;
}

bool vpci_function_is_uio(const struct vpci_function *fn)
{
	for (size_t i = 0; i < sizeof(uio_drivers) / sizeof(uio_drivers[0]); i++) {
		if (!strcmp(fn->driver, uio_drivers[i]))
			return true;
	}
	return false;
}

bool vpci_function_is_vfio(const struct vpci_function *fn)
{
	char path[VPCI_SYSFS_PATH];

	if (!strcmp(fn->driver, "vfio-pci"))
		return true;
	/* The kernel makes this for every driver that is built on vfio-pci. */
	vpci_sysfs_path(path, fn->name, "vfio-dev");
	return *fn->driver && access(path, F_OK) == 0;
}

bool vpci_function_is_held(const struct vpci_function *fn)
{
	return *fn->driver && !vpci_function_is_uio(fn) && !vpci_function_is_vfio(fn);
}

/* RFB-4, -5: only "identity" lets addresses pass as they are. A kernel that
 * does not tell has a group since it has an IOMMU at work, unless VFIO made the
 * group up. */
bool vpci_function_is_translated(const struct vpci_function *fn)
{
	char type[32];

	if (vpci_group_has_no_iommu(fn->name))
		return false;
	if (vpci_sysfs_read(fn->name, "iommu_group/type", type, sizeof(type)) > 0)
		return strcmp(type, "identity") != 0;
	return fn->iommu_group >= 0;
}
