/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The refusals of bind and unbind: what the system uses, groups that others
 * use, drivers that are not there. Reads only.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "bind-check.h"
#include "command.h"
#include "holder.h"
#include "iommu-group.h"
#include "pci-function.h"
#include "system-use.h"

#define VFIO_DRIVER SYSFS_PCI "/drivers/vfio-pci"

static const char *name_of(const struct pci_function *f)
{
	return f->address + strlen("pci:");
}

static int check_use(const struct pci_function *f)
{
	struct use_reason why;

	if (!system_use_find(f, true, &why))
		return EXIT_DONE;
	complain("bind: %s is in use: %s: first %s", name_of(f), why.what, why.mend);
	return EXIT_FAILED;
}

struct group_check {
	const struct pci_function *function;
	char *held;
};

static void add_held(char held[HELD_TEXT], const struct pci_function *member)
{
	size_t len = strlen(held);

	snprintf(held + len, HELD_TEXT - len, "%s" PROGRAM " bind %s", len ? "; " : "",
		 member->address);
}

/* True, after a sentence, if the member keeps its group from being taken. Of those
 * that are virtio devices it is known whether they are in use. */
static bool member_blocks(const char *name, const char *driver, bool blocking, void *ctx)
{
	const struct group_check *check = ctx;
	int group = check->function->iommu_group;
	struct virtio_pci_addr addr;
	struct pci_function member;
	struct use_reason why;

	if (!blocking)
		return false;
	if (virtio_pci_addr_parse(&addr, name) || pci_function_find(&addr, &member)) {
		complain("bind: IOMMU group %d also holds %s (%s): VFIO takes a group as a whole, "
			 "so bind that to vfio-pci first, or move the device to another slot",
			 group, name, driver);
		return true;
	}
	if (system_use_find(&member, true, &why)) {
		complain("bind: IOMMU group %d also holds %s (%s), and VFIO takes a group as a "
			 "whole; that is in use: %s: first %s, or move the device to another slot",
			 group, name, driver, why.what, why.mend);
		return true;
	}
	add_held(check->held, &member);
	return false;
}

static int check_group(const struct pci_function *f, char held[HELD_TEXT])
{
	struct group_check check = { f, held };

	if (f->iommu_group >= 0)
		return iommu_group_each(f, member_blocks, &check) ? EXIT_FAILED : EXIT_DONE;
	if (no_iommu_mode())
		return EXIT_DONE;
	complain("bind: %s is behind no IOMMU, so vfio-pci would refuse it: switch the "
		 "IOMMU on, or use --driver none and access=sysfs", name_of(f));
	return EXIT_FAILED;
}

int bind_check(const struct pci_function *f, bool to_vfio, char held[HELD_TEXT])
{
	int status = check_use(f);

	*held = '\0';
	if (status != EXIT_DONE || !to_vfio)
		return status;
	if (!sysfs_exists(VFIO_DRIVER, "")) {
		complain("bind: vfio-pci is not loaded: modprobe vfio-pci");
		return EXIT_FAILED;
	}
	return check_group(f, held);
}

static bool find_in(const char *path, char *text, unsigned size)
{
	struct holder holder;

	if (!holder_find(path, &holder))
		return false;
	snprintf(text, size, "process %ld (%s) has %s open", holder.pid, holder.name, path);
	return true;
}

bool function_holder(const struct pci_function *f, char *text, unsigned size)
{
	char name[SYSFS_NAME], path[SYSFS_PATH];

	sysfs_first_entry(f->folder, "vfio-dev", "vfio", name, sizeof(name));
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	if (*name && find_in(path, text, size))
		return true;
	/* A program that drives it through sysfs keeps this open. */
	snprintf(path, sizeof(path), "%s/config", f->folder);
	if (!pci_function_has_vfio(f) && find_in(path, text, size))
		return true;
	sysfs_first_entry(f->folder, "uio", "uio", name, sizeof(name));
	snprintf(path, sizeof(path), "/dev/%s", name);
	if (*name && find_in(path, text, size))
		return true;
	if (f->iommu_group < 0)
		return false;
	snprintf(path, sizeof(path), "/dev/vfio/%d", f->iommu_group);
	if (find_in(path, text, size))
		return true;
	snprintf(path, sizeof(path), "/dev/vfio/noiommu-%d", f->iommu_group);
	return find_in(path, text, size);
}

int unbind_check(const char *command, const struct pci_function *f)
{
	char text[128];

	/* The kernel would wait for it, for as long as that takes. */
	if (!function_holder(f, text, sizeof(text)))
		return EXIT_DONE;
	complain("%s: %s is in use: %s: end it first", command, name_of(f), text);
	return EXIT_FAILED;
}
