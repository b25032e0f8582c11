/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * doctor: how the virtio functions of the PCI bus stand, one by one.
 *
 * The access window in configuration space is not read, as everywhere.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <virtio-poll/device.h>
#include <virtio-poll/names.h>

#include "access-way.h"
#include "bind-check.h"
#include "command.h"
#include "doctor.h"
#include "info.h"
#include "iommu-group.h"
#include "pci-config.h"
#include "pci-function.h"
#include "system-use.h"

static const char legacy_fix[] =
	"have the hypervisor offer a modern device (QEMU: disable-modern=off)";

/* How a function stands, for the one line that it gets among others. */
static void check_one_of_many(struct doctor *d, const struct pci_function *f)
{
	const char *type = virtio_device_type_name(f->type);
	char text[LACK_TEXT], fix[LACK_TEXT + 40], what[LACK_TEXT];
	struct use_reason use;
	const char *way;

	if (!type)
		type = "a type without a name";
	if (!pci_function_driver_yields(f) && system_use_find(f, false, &use)) {
		doctor_say(d, SKIP, f->address, NULL, "%s, %s holds it, and the system uses "
			   "it: %s", type, f->driver, use.what);
		return;
	}
	if (info_is_legacy(f)) {
		doctor_say(d, WARN, f->address, legacy_fix, "%s, of legacy virtio only", type);
		return;
	}
	if (!pci_function_driver_yields(f)) {
		access_way_bind(f, what);
		snprintf(fix, sizeof(fix), "%s, if it is to be used from here", what);
		doctor_say(d, WARN, f->address, fix, "%s, %s holds it", type, f->driver);
		return;
	}
	if (function_holder(f, text, sizeof(text))) {
		doctor_say(d, WARN, f->address, NULL, "%s, in use: %s", type, text);
		return;
	}
	way = access_way_choose(f, what, fix);
	if (way)
		doctor_say(d, PASS, f->address, NULL, "%s, can be opened by access=%s",
			   type, way);
	else
		doctor_say(d, WARN, f->address, *fix ? fix : NULL, "%s, cannot be opened: "
			   "it lacks %s", type, what);
}

void doctor_check_functions(struct doctor *d)
{
	struct pci_function *list;
	int n = pci_function_scan(&list);

	if (n <= 0)
		doctor_say(d, SKIP, "pci devices", NULL, "%s",
			   n ? "the bus cannot be read" : "no virtio function on the PCI bus");
	for (int i = 0; i < n; i++)
		check_one_of_many(d, &list[i]);
	free(list);
}

static void check_modern(struct doctor *d, const struct pci_function *f)
{
	static const char name[] = "virtio 1.x";
	struct pci_cap caps[PCI_CAPS_MAX];
	int err = info_read_capabilities(f, caps);

	if (info_is_legacy(f))
		doctor_say(d, FAIL, name, legacy_fix,
			   "no: it has the registers of legacy virtio only");
	else if (err >= 0)
		doctor_say(d, PASS, name, NULL, "yes%s",
			   f->transitional ? " (a transitional device)" : "");
	else if (!f->transitional)
		doctor_say(d, PASS, name, NULL, "yes, by its device ID");
	else
		doctor_say(d, SKIP, name, NULL, "a transitional ID, and its capabilities cannot "
			   "be read: %s", err == -EACCES ? "that needs root" : strerror(-err));
}

/* Is the driver one that lets it be opened from here? */
static bool check_driver(struct doctor *d, const struct pci_function *f)
{
	struct use_reason use;
	char bind[LACK_TEXT], fix[sizeof(use.mend) + LACK_TEXT + 40];
	bool legacy = info_is_legacy(f);	/* nothing here could drive it afterwards */

	access_way_bind(f, bind);
	if (!*f->driver) {
		doctor_say(d, PASS, "driver", NULL, "none");
		return true;
	}
	if (pci_function_driver_yields(f)) {
		doctor_say(d, PASS, "driver", NULL, "%s", f->driver);
		return true;
	}
	if (system_use_find(f, false, &use)) {
		snprintf(fix, sizeof(fix), "leave it to the system; or %s, then %s", use.mend, bind);
		doctor_say(d, FAIL, "driver", legacy ? NULL : fix,
			   "%s holds it, and the system uses it: %s", f->driver, use.what);
		return false;
	}
	doctor_say(d, FAIL, "driver", legacy ? NULL : bind, "%s holds it", f->driver);
	return false;
}

static void check_group(struct doctor *d, const struct pci_function *f)
{
	struct iommu_group group;

	if (!iommu_group_read(f, &group))
		doctor_say(d, SKIP, "iommu group", NULL, "in none: no IOMMU stands before it");
	else if (group.no_iommu)
		doctor_say(d, WARN, "iommu group", NULL, "group %d is one without an IOMMU: "
			   "the device can write to all memory", f->iommu_group);
	else if (group.blocking)
		doctor_say(d, FAIL, "iommu group", "bind those to vfio-pci too, or move the "
			   "device to another slot", "group %d is not viable: it also holds %s",
			   f->iommu_group, group.blocking_names);
	else if (group.others)
		doctor_say(d, PASS, "iommu group", NULL, "group %d is viable, with %s",
			   f->iommu_group, group.other_names);
	else
		doctor_say(d, PASS, "iommu group", NULL, "group %d holds nothing else",
			   f->iommu_group);
}

/* Has no process got it open? */
static bool check_holder(struct doctor *d, const struct pci_function *f)
{
	char text[128];

	if (function_holder(f, text, sizeof(text))) {
		doctor_say(d, FAIL, "in use", "end that process", "%s", text);
		return false;
	}
	doctor_say(d, PASS, "in use", NULL, "by no process%s", geteuid() ?
		   " that this user can see" : "");
	return true;
}

/* Each way in, and the one that access=auto comes to. */
static void check_ways(struct doctor *d, const struct pci_function *f)
{
	char what[LACK_TEXT], fix[LACK_TEXT], check[SYSFS_NAME];
	const char *chosen;

	for (const struct access_way *way = access_ways; way->name; way++) {
		*fix = '\0';
		snprintf(check, sizeof(check), "access=%s", way->name);
		if (way->lacks(f, what, fix))
			doctor_say(d, SKIP, check, *fix ? fix : NULL, "lacks %s", what);
		else
			doctor_say(d, PASS, check, NULL, "lacks nothing");
	}
	chosen = access_way_choose(f, what, fix);
	if (chosen)
		doctor_say(d, PASS, "access", NULL, "access=%s is what will be taken", chosen);
	else
		doctor_say(d, FAIL, "access", *fix ? fix : NULL,
			   "there is no way in: each lacks something");
}

struct own_word {
	const char *address;
	char missing[LACK_TEXT];
	bool found;
};

static int find_own_word(const struct virtio_device_info *info, void *ctx)
{
	struct own_word *word = ctx;

	if (strcmp(info->address, word->address))
		return 0;
	word->found = true;
	snprintf(word->missing, sizeof(word->missing), "%s", info->missing ? info->missing : "");
	return 0;
}

/* What the pci backend itself says is the last word; it sees no processes. */
static void check_backends_word(struct doctor *d, const struct pci_function *f, bool is_free)
{
	struct own_word word = { .address = f->address };

	(void)virtio_dev_enumerate(find_own_word, &word);
	if (!word.found)
		doctor_say(d, SKIP, "backend says", NULL, "nothing of this device");
	else if (*word.missing)
		doctor_say(d, FAIL, "backend says", NULL, "missing: %s", word.missing);
	else if (!is_free)
		doctor_say(d, SKIP, "backend says", NULL, "ready, but for the process that has it");
	else
		doctor_say(d, PASS, "backend says", NULL, "ready");
}

void doctor_check_function(struct doctor *d, const struct pci_function *f)
{
	const char *type = virtio_device_type_name(f->type);
	bool yields, is_free;

	doctor_say(d, PASS, "device", NULL, "%s is there: %04x:%04x, %s", f->address,
		   f->vendor, f->device, type ? type : "of a type without a name");
	check_modern(d, f);
	yields = check_driver(d, f);
	is_free = check_holder(d, f);
	check_group(d, f);
	doctor_check_vfio(d);
	doctor_check_memory(d);
	if (info_is_legacy(f))
		doctor_say(d, SKIP, "access", NULL, "no way in serves legacy virtio");
	else if (!yields)
		doctor_say(d, SKIP, "access", NULL, "first its driver has to let go");
	else if (!is_free)
		doctor_say(d, SKIP, "access", NULL, "first the process that has it has to end");
	else
		check_ways(d, f);
	check_backends_word(d, f, is_free);
}
