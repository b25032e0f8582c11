/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * doctor: what the machine as a whole has to offer: plugins, VFIO, IOMMU, the
 * limits on memory that devices may be given.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/capability.h>

#include <virtio-poll/device.h>

#include "address.h"
#include "command.h"
#include "doctor.h"
#include "hugepages.h"
#include "iommu-group.h"
#include "privilege.h"
#include "sysfs.h"

/* What `copy` with its defaults has pinned: 64 requests of 256 KiB with their
 * headers, and the rings, in pieces of 2 MiB. */
#define MEMLOCK_NEEDED (24u << 20)
/* Regions of a program with some arenas and some memory of its own. */
#define DMA_ENTRIES_NEEDED 64

static int look_at_backend(const struct virtio_backend_info *info, void *ctx)
{
	if (info->error)
		doctor_say(ctx, FAIL, "backends", "see '" PROGRAM " backends'; mend or remove "
			   "that file", "%s was refused: %s", info->path,
			   info->reason ? info->reason : "for no reason that is known");
	else
		doctor_say(ctx, PASS, "backends", NULL, "%s is installed", info->name);
	return 0;
}

void doctor_check_backends(struct doctor *d)
{
	(void)virtio_backend_foreach(look_at_backend, d);
	if (backend_state("pci") == BACKEND_ABSENT)
		doctor_say(d, WARN, "backends", "install the pci plugin of libvirtio-poll",
			   "pci is not installed: PCI devices can be listed, not opened");
}

static void check_modules(struct doctor *d)
{
	const char *missing = NULL;

	if (!sysfs_exists(SYSFS_PCI "/drivers", "vfio-pci"))
		missing = "vfio-pci";
	else if (!sysfs_exists(SYSFS_MODULES, "vfio_iommu_type1") &&
		 !sysfs_exists("/sys/class/misc", "iommu"))
		missing = "vfio_iommu_type1";
	if (missing)
		doctor_say(d, WARN, "vfio modules", "modprobe -a vfio-pci vfio_iommu_type1 (as "
			   "root; at every start by a file in /etc/modules-load.d)",
			   "%s is neither loaded nor built in: no device can be reached by VFIO",
			   missing);
	else
		doctor_say(d, PASS, "vfio modules", NULL, "loaded or built in");
}

static bool count_entry(const char *folder, const char *name, void *ctx)
{
	(void)folder;
	(void)name;
	++*(unsigned *)ctx;
	return false;
}

static unsigned count_groups(void)
{
	unsigned n = 0;

	sysfs_each(SYSFS_GROUPS, count_entry, &n);
	return n;
}

static void check_iommu(struct doctor *d, unsigned groups)
{
	if (groups)
		doctor_say(d, PASS, "iommu", NULL, "on, with %u group%s", groups,
			   groups == 1 ? "" : "s");
	else
		doctor_say(d, WARN, "iommu", "switch it on in the firmware (VT-d, AMD-Vi) and "
			   "boot with intel_iommu=on or its like; a guest needs a virtual IOMMU",
			   "off: devices can only be given physical addresses, by root, and "
			   "nothing confines them");
}

/* The names of interrupt controllers begin with IR- if they remap. Only x86
 * tells, and only there it can be missing. */
static bool remaps_interrupts(bool *known)
{
	FILE *f = fopen("/proc/interrupts", "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	*known = f;
	while (f && !found && getline(&line, &room, f) > 0)
		found = strstr(line, " IR-") || strstr(line, " ITS-");
	free(line);
	if (f)
		fclose(f);
	return found;
}

static bool allows_unsafe_interrupts(void)
{
	char text[SYSFS_NAME];

	return sysfs_read(SYSFS_MODULES "/vfio_iommu_type1/parameters", "allow_unsafe_interrupts",
			  text, sizeof(text)) > 0 && strchr("Yy1", *text);
}

static void check_interrupts(struct doctor *d, unsigned groups)
{
	static const char name[] = "interrupt remapping";
	bool known, on;

	if (!groups) {
		doctor_say(d, SKIP, name, NULL, "comes with the IOMMU, which is off");
		return;
	}
	on = remaps_interrupts(&known);
	if (on)
		doctor_say(d, PASS, name, NULL, "on");
	else if (allows_unsafe_interrupts())
		doctor_say(d, WARN, name, "switch it on in the firmware, and "
			   "allow_unsafe_interrupts off", "not seen, and vfio_iommu_type1 does "
			   "without: a device can send any interrupt");
	else if (known)
		doctor_say(d, WARN, name, "switch it on in the firmware (x2APIC, interrupt "
			   "remapping); or, with trusted devices only, modprobe vfio_iommu_type1 "
			   "allow_unsafe_interrupts=Y",
			   "not seen in /proc/interrupts: VFIO refuses devices without it");
	else
		doctor_say(d, SKIP, name, NULL, "/proc/interrupts cannot be read");
}

/* The nodes that are the same for all devices, and grant nothing by themselves. */
static void check_node(struct doctor *d, const char *path, const char *serves, const char *module)
{
	char fix[SYSFS_PATH];

	if (!faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS)) {
		doctor_say(d, PASS, path, NULL, "may be opened, for %s", serves);
		return;
	}
	if (errno == EACCES || errno == EPERM) {
		snprintf(fix, sizeof(fix), "a udev rule that gives a group of yours access, or "
			 "root: KERNEL==\"%s\", GROUP=\"...\", MODE=\"0660\"",
			 strrchr(path, '/') + 1);
		doctor_say(d, WARN, path, fix, "may not be opened by you: no %s", serves);
		return;
	}
	doctor_say(d, SKIP, path, NULL, "not there: no %s (%s)", serves, module);
}

static void check_no_iommu(struct doctor *d)
{
	if (no_iommu_mode())
		doctor_say(d, WARN, "no-IOMMU mode", "unless it is wanted: set the parameter "
			   "enable_unsafe_noiommu_mode of the module vfio to N",
			   "on: what VFIO hands out without an IOMMU can write to all memory");
	else
		doctor_say(d, PASS, "no-IOMMU mode", NULL, "off");
}

void doctor_check_vfio(struct doctor *d)
{
	unsigned groups = count_groups();

	check_modules(d);
	check_iommu(d, groups);
	check_interrupts(d, groups);
	check_node(d, "/dev/vfio/vfio", "access=type1 and noiommu", "modprobe vfio");
	check_node(d, "/dev/iommu", "access=cdev", "a kernel with iommufd has it");
	check_no_iommu(d);
}

static const char memlock_fix[] =
	"ulimit -l, for good in /etc/security/limits.conf; LimitMEMLOCK= of a systemd unit; or "
	"CAP_IPC_LOCK for the program (setcap cap_ipc_lock+ep)";

static void check_memlock(struct doctor *d)
{
	static const char name[] = "locked memory";
	struct rlimit limit;

	if (has_capability(CAP_IPC_LOCK)) {
		doctor_say(d, PASS, name, NULL, "no limit for this user (CAP_IPC_LOCK)");
		return;
	}
	if (getrlimit(RLIMIT_MEMLOCK, &limit)) {
		doctor_say(d, SKIP, name, NULL, "the limit cannot be read: %s",
			   strerror(errno));
		return;
	}
	if (limit.rlim_cur == RLIM_INFINITY)
		doctor_say(d, PASS, name, NULL, "no limit");
	else
		doctor_say(d, limit.rlim_cur < MEMLOCK_NEEDED ? WARN : PASS, name,
			   limit.rlim_cur < MEMLOCK_NEEDED ? memlock_fix : NULL,
			   "%" PRIu64 " KiB allowed (RLIMIT_MEMLOCK); VFIO locks what a device is "
			   "given, %u KiB for copy with its defaults",
			   (uint64_t)limit.rlim_cur / 1024, MEMLOCK_NEEDED / 1024);
}

static void check_dma_entries(struct doctor *d)
{
	static const char name[] = "dma_entry_limit";
	int64_t limit;

	if (sysfs_read_number(SYSFS_MODULES "/vfio_iommu_type1/parameters", name, &limit))
		doctor_say(d, SKIP, name, NULL, "vfio_iommu_type1 is not loaded");
	else if (limit < DMA_ENTRIES_NEEDED)
		doctor_say(d, WARN, name, "modprobe -r vfio_iommu_type1; modprobe "
			   "vfio_iommu_type1 dma_entry_limit=65535", "%" PRId64 " pieces of memory "
			   "at a time can be mapped: less than the %d that a program may need",
			   limit, DMA_ENTRIES_NEEDED);
	else
		doctor_say(d, PASS, name, NULL, "%" PRId64 " pieces of memory at a time",
			   limit);
}

static void check_hugepages(struct doctor *d)
{
	static const char name[] = "huge pages";
	struct hugepages pages;

	hugepages_read(&pages);
	if (pages.free)
		doctor_say(d, PASS, name, NULL, "%s", pages.text);
	else
		doctor_say(d, WARN, name, hugepages_fix, "%s; access=sysfs and noiommu, which "
			   "give devices physical addresses, need some: VFIO with an IOMMU and "
			   "vhost-user do not", *pages.text ? pages.text : "none");
}

void doctor_check_memory(struct doctor *d)
{
	check_memlock(d);
	check_dma_entries(d);
	check_hugepages(d);
}
