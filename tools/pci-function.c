/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds virtio functions below /sys/bus/pci/devices and reads their identity.
 *
 * Called by list and info. Opens attributes for reading and nothing else.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pci-function.h"

#define VENDOR_VIRTIO 0x1af4
#define DEVICE_FIRST 0x1000
#define DEVICE_MODERN 0x1040
#define DEVICE_LAST 0x107f

/* PCI-DISC-2: the types that had an ID before virtio 1.0. */
static const uint8_t transitional_types[] = {
	1,	/* 0x1000 network */
	2,	/* 0x1001 block */
	5,	/* 0x1002 balloon */
	3,	/* 0x1003 console */
	8,	/* 0x1004 scsi */
	4,	/* 0x1005 entropy */
	0,
	0,
	0,
	9,	/* 0x1009 9p */
};

static void set_type(struct pci_function *f)
{
	unsigned index = f->device - DEVICE_FIRST;

	if (f->device >= DEVICE_MODERN) {	/* PCI-DISC-1 */
		f->type = f->device - DEVICE_MODERN;
		return;
	}
	f->transitional = true;
	if (index < sizeof(transitional_types))
		f->type = transitional_types[index];
}

static int read_u16(const char *folder, const char *name, uint16_t *value)
{
	int64_t number;
	int err = sysfs_read_number(folder, name, &number);

	if (err)
		return err;
	if (number < 0 || number > UINT16_MAX)
		return -ERANGE;
	*value = (uint16_t)number;
	return 0;
}

/* What may be missing: -1, or left at 0. */
static void read_details(struct pci_function *f)
{
	char group[SYSFS_NAME], *end;
	uint16_t revision;
	int64_t number;

	if (!read_u16(f->folder, "revision", &revision))
		f->revision = (uint8_t)revision;
	(void)read_u16(f->folder, "subsystem_vendor", &f->subsystem_vendor);
	(void)read_u16(f->folder, "subsystem_device", &f->subsystem_device);
	f->numa_node = -1;
	if (!sysfs_read_number(f->folder, "numa_node", &number) && number >= 0 &&
	    number <= INT32_MAX)
		f->numa_node = (int)number;
	f->iommu_group = -1;
	sysfs_link_name(f->folder, "iommu_group", group, sizeof(group));
	number = strtol(group, &end, 10);
	if (*group && !*end && number >= 0 && number <= INT32_MAX)
		f->iommu_group = (int)number;
	sysfs_link_name(f->folder, "driver", f->driver, sizeof(f->driver));
	sysfs_first_entry(f->folder, "", "virtio", f->virtio, sizeof(f->virtio));
}

/* Reads the function whose folder is called `name`. */
static int read_function(const char *name, struct pci_function *f)
{
	int len;

	len = snprintf(f->folder, sizeof(f->folder), SYSFS_PCI "/devices/%s", name);
	if (len >= (int)sizeof(f->folder))
		return -ENAMETOOLONG;
	strcpy(f->address, "pci:");
	if (virtio_pci_addr_format(f->address + 4, sizeof(f->address) - 4, &f->addr))
		return -EINVAL;
	if (read_u16(f->folder, "vendor", &f->vendor) || read_u16(f->folder, "device", &f->device))
		return -ENODEV;
	if (f->vendor != VENDOR_VIRTIO || f->device < DEVICE_FIRST || f->device > DEVICE_LAST)
		return -EMEDIUMTYPE;
	set_type(f);
	read_details(f);
	return 0;
}

static int compare_functions(const void *a, const void *b)
{
	const struct pci_function *fa = a, *fb = b;

	return virtio_pci_addr_compare(&fa->addr, &fb->addr);
}

struct scan {
	struct pci_function *list;
	unsigned n;
	int err;
};

/* Ends the walk if memory does. */
static bool append(const char *folder, const char *name, void *ctx)
{
	struct scan *scan = ctx;
	struct pci_function f = { .type = 0 }, *more;

	(void)folder;
	if (virtio_pci_addr_parse(&f.addr, name) || read_function(name, &f))
		return false;
	more = realloc(scan->list, (scan->n + 1) * sizeof(f));
	if (!more) {
		scan->err = -ENOMEM;
		return true;
	}
	more[scan->n++] = f;
	scan->list = more;
	return false;
}

int pci_function_scan(struct pci_function **list)
{
	struct scan scan = { .list = NULL };

	*list = NULL;
	/* A machine without PCI has no PCI devices. */
	sysfs_each(SYSFS_PCI "/devices", append, &scan);
	if (scan.err) {
		free(scan.list);
		return scan.err;
	}
	if (scan.n)
		qsort(scan.list, scan.n, sizeof(*scan.list), compare_functions);
	*list = scan.list;
	return (int)scan.n;
}

int pci_function_find(const struct virtio_pci_addr *addr, struct pci_function *function)
{
	char name[VIRTIO_PCI_ADDR_STRLEN];
	int err;

	memset(function, 0, sizeof(*function));
	function->addr = *addr;
	err = virtio_pci_addr_format(name, sizeof(name), addr);
	return err ? err : read_function(name, function);
}

bool pci_function_has_vfio(const struct pci_function *function)
{
	if (!strcmp(function->driver, "vfio-pci"))
		return true;
	/* The kernel makes that folder for each such driver. */
	return *function->driver && sysfs_exists(function->folder, "vfio-dev");
}

bool pci_function_driver_yields(const struct pci_function *function)
{
	static const char *const yielding[] = { "", "uio_pci_generic", "igb_uio" };

	for (unsigned i = 0; i < sizeof(yielding) / sizeof(*yielding); i++)
		if (!strcmp(function->driver, yielding[i]))
			return true;
	return pci_function_has_vfio(function);
}
