/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads an IOMMU group below sysfs. A group is VFIO's to give as a whole: each
 * member has to be free of drivers that do DMA for the host. Bridges do none
 * of their own and are left out, as the kernel leaves them out.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "iommu-group.h"
#include "pci-function.h"

#define CLASS_BRIDGE 0x0604

static const char *const harmless_drivers[] = { "", "vfio-pci", "pci-stub", "pcieport" };

struct look {
	const struct pci_function *function;
	group_visit visit;
	void *ctx;
};

static void add_name(char names[GROUP_TEXT], const char *name, const char *driver)
{
	size_t len = strlen(names);

	snprintf(names + len, GROUP_TEXT - len, "%s%s (%s)", len ? ", " : "", name,
		 *driver ? driver : "no driver");
}

static bool is_harmless(const char *driver)
{
	for (unsigned i = 0; i < sizeof(harmless_drivers) / sizeof(*harmless_drivers); i++)
		if (!strcmp(driver, harmless_drivers[i]))
			return true;
	return false;
}

static bool look_at_member(const char *folder, const char *name, void *ctx)
{
	const struct look *look = ctx;
	char path[SYSFS_PATH], driver[SYSFS_NAME];
	int64_t class = 0;

	if (!strcmp(name, look->function->address + strlen("pci:")))
		return false;
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return false;
	(void)sysfs_read_number(path, "class", &class);
	if (class >> 8 == CLASS_BRIDGE)
		return false;
	sysfs_link_name(path, "driver", driver, sizeof(driver));
	return look->visit(name, driver, !is_harmless(driver), look->ctx);
}

bool iommu_group_each(const struct pci_function *function, group_visit visit, void *ctx)
{
	struct look look = { function, visit, ctx };
	char path[SYSFS_PATH];

	snprintf(path, sizeof(path), "%s/iommu_group/devices", function->folder);
	return sysfs_each(path, look_at_member, &look);
}

static bool add_member(const char *name, const char *driver, bool blocking, void *ctx)
{
	struct iommu_group *group = ctx;

	group->others++;
	add_name(group->other_names, name, driver);
	if (!blocking)
		return false;
	group->blocking++;
	add_name(group->blocking_names, name, driver);
	return false;
}

bool iommu_group_read(const struct pci_function *function, struct iommu_group *group)
{
	memset(group, 0, sizeof(*group));
	if (function->iommu_group < 0)
		return false;
	group->no_iommu = sysfs_has_word(function->folder, "iommu_group/name", "vfio-noiommu");
	iommu_group_each(function, add_member, group);
	return true;
}

bool no_iommu_mode(void)
{
	char text[SYSFS_NAME];

	return sysfs_read(SYSFS_MODULES "/vfio/parameters", "enable_unsafe_noiommu_mode", text,
			  sizeof(text)) > 0 && strchr("Yy1", *text);
}
