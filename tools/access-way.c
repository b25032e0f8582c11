/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each way in to a PCI function needs: nodes in /dev that may be opened,
 * a driver or none, privilege, huge pages. Asks by access(2), opens nothing.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/capability.h>

#include "access-way.h"
#include "hugepages.h"
#include "iommu-group.h"
#include "pci-function.h"
#include "privilege.h"

static bool lack(char text[LACK_TEXT], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool lack(char text[LACK_TEXT], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, LACK_TEXT, fmt, ap);
	va_end(ap);
	return true;
}

void access_way_bind(const struct pci_function *f, char command[LACK_TEXT])
{
	lack(command, "virtio-poll-ctl bind %s%s",
	     f->iommu_group >= 0 || no_iommu_mode() ? "" : "--driver none ", f->address);
}

static bool lacks_node(const char *path, char what[LACK_TEXT], char fix[LACK_TEXT])
{
	if (!faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS))
		return false;
	if (errno != EACCES && errno != EPERM) {
		lack(fix, "modprobe vfio-pci, which makes it");
		return lack(what, "%s", path);
	}
	lack(fix, "give yourself access: chown $USER %s (as root), or a udev rule for it", path);
	return lack(what, "permission to read and write %s", path);
}

static bool lacks_vfio_driver(const struct pci_function *f, char what[LACK_TEXT],
			      char fix[LACK_TEXT])
{
	if (pci_function_has_vfio(f))
		return false;
	access_way_bind(f, fix);
	return lack(what, "vfio-pci as its driver");
}

static bool lacks_group(const struct pci_function *f, char what[LACK_TEXT], char fix[LACK_TEXT])
{
	struct iommu_group group;

	if (iommu_group_read(f, &group) && !group.no_iommu)
		return false;
	lack(fix, "switch the IOMMU on, or take access=sysfs");
	return lack(what, "an IOMMU in front of the device");
}

static bool cdev_lacks(const struct pci_function *f, char what[LACK_TEXT], char fix[LACK_TEXT])
{
	char name[SYSFS_NAME], path[SYSFS_PATH];

	if (lacks_group(f, what, fix) || lacks_vfio_driver(f, what, fix))
		return true;
	sysfs_first_entry(f->folder, "vfio-dev", "vfio", name, sizeof(name));
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	if (!*name || access(path, F_OK))
		return lack(what, "a kernel whose VFIO has device nodes (CONFIG_VFIO_DEVICE_CDEV)");
	return lacks_node(path, what, fix) || lacks_node("/dev/iommu", what, fix);
}

static bool type1_lacks(const struct pci_function *f, char what[LACK_TEXT], char fix[LACK_TEXT])
{
	char path[SYSFS_NAME];

	if (lacks_group(f, what, fix) || lacks_vfio_driver(f, what, fix))
		return true;
	snprintf(path, sizeof(path), "/dev/vfio/%d", f->iommu_group);
	if (lacks_node("/dev/vfio/vfio", what, fix) || lacks_node(path, what, fix))
		return true;
	if (sysfs_exists(SYSFS_MODULES, "vfio_iommu_type1"))
		return false;
	lack(fix, "modprobe vfio_iommu_type1");
	return lack(what, "vfio_iommu_type1");
}

static bool lacks_pages(char what[LACK_TEXT], char fix[LACK_TEXT])
{
	struct hugepages pages;

	if (!has_capability(CAP_SYS_ADMIN)) {
		lack(fix, "run it as root");
		return lack(what, "privilege: only root is shown physical addresses");
	}
	hugepages_read(&pages);
	if (pages.free)
		return false;
	lack(fix, "%s", hugepages_fix);
	return lack(what, "free huge pages (%s)", *pages.text ? pages.text : "the kernel has none");
}

static bool noiommu_lacks(const struct pci_function *f, char what[LACK_TEXT], char fix[LACK_TEXT])
{
	struct iommu_group group;
	char path[SYSFS_NAME];

	if (!no_iommu_mode())
		return lack(what, "the unsafe no-IOMMU mode, which is off");
	if (lacks_vfio_driver(f, what, fix))
		return true;
	if (iommu_group_read(f, &group) && !group.no_iommu)
		return lack(what, "a place outside the IOMMU");
	snprintf(path, sizeof(path), "/dev/vfio/noiommu-%d", f->iommu_group);
	return lacks_node("/dev/vfio/vfio", what, fix) || lacks_node(path, what, fix) ||
	       lacks_pages(what, fix);
}

/* What translates takes no physical address. */
static bool is_translated(const struct pci_function *f)
{
	char type[SYSFS_NAME];

	if (f->iommu_group < 0)
		return false;
	return sysfs_read(f->folder, "iommu_group/type", type, sizeof(type)) <= 0 ||
	       strcmp(type, "identity") != 0;
}

static bool sysfs_lacks(const struct pci_function *f, char what[LACK_TEXT], char fix[LACK_TEXT])
{
	if (!pci_function_driver_yields(f) || pci_function_has_vfio(f)) {
		lack(fix, "virtio-poll-ctl bind --driver none %s", f->address);
		return lack(what, "a device that no driver holds (%s does)", f->driver);
	}
	if (is_translated(f)) {
		lack(fix, "virtio-poll-ctl bind %s", f->address);
		return lack(what, "a place outside the IOMMU, which takes no physical address");
	}
	return lacks_pages(what, fix);
}

const char *access_way_choose(const struct pci_function *f, char what[LACK_TEXT],
			      char fix[LACK_TEXT])
{
	bool through_vfio = pci_function_has_vfio(f) || is_translated(f);
	char this_what[LACK_TEXT], this_fix[LACK_TEXT];

	*what = *fix = '\0';
	for (const struct access_way *way = access_ways; way->name; way++) {
		*this_fix = '\0';
		if (!way->lacks(f, this_what, this_fix))
			return way->name;
		/* What another driver would do for it is another matter. */
		if ((way->lacks == sysfs_lacks) == through_vfio || *fix || (*what && !*this_fix))
			continue;
		strcpy(what, this_what);
		strcpy(fix, this_fix);
	}
	return NULL;
}

const struct access_way access_ways[] = {
	{ "cdev", cdev_lacks },
	{ "type1", type1_lacks },
	{ "noiommu", noiommu_lacks },
	{ "sysfs", sysfs_lacks },
	{ NULL, NULL },
};
