/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * list: every virtio device that could be opened, and what is missing to.
 *
 * PCI functions come from sysfs, whatever driver holds them; all else from the
 * backends. Reads only and needs no privilege.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/device.h>
#include <virtio-poll/names.h>

#include "address.h"
#include "command.h"
#include "pci-function.h"
#include "report.h"

#define TEXT_SIZE 160

struct listing {
	struct report_node *devices;
	enum backend_state pci;
};

static void add_identity(struct report_node *row, const char *address, uint16_t type,
			 const char *driver, int group, int node)
{
	report_string(row, "address", address);
	report_string(row, "type", virtio_device_type_name(type));
	report_string(row, "driver", driver && *driver ? driver : NULL);
	report_index(row, "iommu_group", group);
	report_index(row, "numa_node", node);
}

static void add_state(struct report_node *row, const char *driver, const char *missing)
{
	if (driver)
		report_format(row, "state", "in use by %s", driver);
	else
		report_string(row, "state", missing ? "not ready" : "ready");
	report_string(row, "missing", missing);
}

static void add_function(const struct listing *l, const struct pci_function *f)
{
	struct report_node *row = report_object(l->devices, NULL);
	char text[TEXT_SIZE];
	const char *missing = NULL;
	bool held = !pci_function_driver_yields(f);

	if (held) {
		snprintf(text, sizeof(text), "%s holds it: unbind it first, unless the system "
			 "uses it", f->driver);
		missing = text;
	} else if (l->pci == BACKEND_ABSENT) {
		missing = "the pci backend is not installed";
	} else if (l->pci == BACKEND_REFUSED) {
		missing = "the pci backend was refused: see '" PROGRAM " backends'";
	}
	add_identity(row, f->address, f->type, f->driver, f->iommu_group, f->numa_node);
	add_state(row, held ? f->driver : NULL, missing);
}

/* A backend's device; of a PCI function it knows more than sysfs does. */
static int add_device(const struct virtio_device_info *info, void *ctx)
{
	struct report_node *row = report_object(((struct listing *)ctx)->devices, NULL);

	add_identity(row, info->address, info->device_id, info->driver, info->iommu_group,
		     info->numa_node);
	add_state(row, info->missing ? info->driver : NULL, info->missing);
	return 0;
}

struct told {
	const char *address;
	bool found;
};

static int compare_address(const struct virtio_device_info *info, void *ctx)
{
	struct told *told = ctx;

	told->found = !strcmp(info->address, told->address);
	return told->found;
}

static bool is_told_by_backend(const struct pci_function *f)
{
	struct told told = { .address = f->address };

	(void)virtio_dev_enumerate(compare_address, &told);
	return told.found;
}

static int run_list(const struct invocation *call)
{
	struct pci_function *functions;
	int n = pci_function_scan(&functions);
	struct report *report;
	struct listing l = { .pci = backend_state("pci") };

	if (n < 0) {
		complain("list: cannot read the PCI bus: %s", strerror(-n));
		return EXIT_FAILED;
	}
	report = report_new();
	l.devices = report_array(report_root(report), "devices");
	for (int i = 0; i < n; i++)
		if (l.pci != BACKEND_READY || !is_told_by_backend(&functions[i]))
			add_function(&l, &functions[i]);
	(void)virtio_dev_enumerate(add_device, &l);
	free(functions);
	return report_print(report, call->json, EXIT_DONE);
}

const struct command command_list = {
	.name = "list",
	.arguments = "",
	.summary = "the virtio devices there are, and what one of them is missing",
	.run = run_list,
};
