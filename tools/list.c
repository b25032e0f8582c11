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
	struct pci_function *functions;
	int n_functions;
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
	struct listing *l = ctx;
	struct report_node *row = report_object(l->devices, NULL);

	for (int i = 0; i < l->n_functions; i++)
		l->functions[i].told |= !strcmp(info->address, l->functions[i].address);
	add_identity(row, info->address, info->device_id, info->driver, info->iommu_group,
		     info->numa_node);
	add_state(row, info->missing ? info->driver : NULL, info->missing);
	return 0;
}

/* A backend that fails does not hide the devices of the others. */
static int add_devices(struct listing *l)
{
	int status = virtio_dev_enumerate(add_device, l) ? library_failure() : EXIT_DONE;

	for (int i = 0; i < l->n_functions; i++)
		if (!l->functions[i].told)
			add_function(l, &l->functions[i]);
	return status;
}

static int run_list(const struct invocation *call)
{
	struct listing l = { .pci = backend_state("pci") };
	struct report *report;
	int status;

	l.n_functions = pci_function_scan(&l.functions);
	if (l.n_functions < 0) {
		complain("list: cannot read the PCI bus: %s", strerror(-l.n_functions));
		return EXIT_FAILED;
	}
	report = report_new();
	l.devices = report_array(report_root(report), "devices");
	status = add_devices(&l);
	free(l.functions);
	return report_print(report, call->json, status);
}

const struct command command_list = {
	.name = "list",
	.arguments = "",
	.summary = "the virtio devices there are, and what one of them is missing",
	.run = run_list,
};
