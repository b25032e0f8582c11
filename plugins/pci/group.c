/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What sysfs says of IOMMU groups. Reads links and attributes only; called by
 * the VFIO ways in, mostly to say why they cannot go on.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "function.h"
#include "group.h"
#include "sysfs.h"

#define CLASS_BRIDGE	0x06	/* base class of the PCI class code */

int vpci_group_of(const char *function)
{
	char name[32], *end;
	long number;

	vpci_sysfs_link(function, "iommu_group", name, sizeof(name));
	number = strtol(name, &end, 10);
	return end == name || *end || number < 0 || number > 0x7fffffff ? -1 : (int)number;
}

bool vpci_group_has_no_iommu(const char *function)
{
	char name[32];

	return vpci_sysfs_read(function, "iommu_group/name", name, sizeof(name)) > 0 &&
	       !strcmp(name, "vfio-noiommu");
}

/* Adds the member to the text if a driver has it that is not VFIO's. */
static void look_at(const char *name, char *text, size_t size)
{
	struct vpci_function fn = { .iommu_group = -1 };
	const size_t len = strlen(text);

	if (strlen(name) >= sizeof(fn.name) ||
	    vpci_sysfs_number(name, "class", 0) >> 16 == CLASS_BRIDGE)
		return;
	memcpy(fn.name, name, strlen(name) + 1);
	vpci_function_look(&fn);
	if (!*fn.driver || vpci_function_is_vfio(&fn))
		return;
	snprintf(text + len, size - len, "%s%s (%s)", len ? ", " : "", name, fn.driver);
}

void vpci_group_in_the_way(int group, char *text, size_t size)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	*text = '\0';
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/devices", group);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			look_at(entry->d_name, text, size);
	if (dir)
		closedir(dir);
}
