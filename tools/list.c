/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * list: every virtio device that could be opened, and what is missing to.
 *
 * The backends tell; of PCI functions that none tells of, as when the pci
 * backend is not installed, sysfs does. Reads only and needs no privilege.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/device.h>
#include <virtio-poll/names.h>

#include "access-way.h"
#include "address.h"
#include "command.h"
#include "info.h"
#include "iommu-group.h"
#include "pci-function.h"
#include "report.h"
#include "system-use.h"

#define TEXT_SIZE (LACK_TEXT + 160)

struct listing {
	struct report_node *devices;
	enum backend_state pci;
	struct pci_function *functions;
	int n_functions;
	bool could_bind;	/* one that is held serves nothing that shows, */
	bool to_vfio;		/* and one of those is for vfio-pci */
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

/* The text of one that is held has the reason in its state already. */
static void add_state(struct report_node *row, const char *driver, const char *missing)
{
	if (driver) {
		report_format(row, "state", "in use by %s", driver);
		report_untold(row, "missing", missing);
	} else {
		report_string(row, "state", missing ? "not ready" : "ready");
		report_string(row, "missing", missing);
	}
}

/* A disk with mounted file systems is not one to hint at, nor is what could not be
 * driven from here. */
static void look_at_use(struct listing *l, const struct pci_function *f)
{
	struct use_reason why;

	if (!*f->driver || info_is_legacy(f) || system_use_find(f, false, &why))
		return;
	l->could_bind = true;
	l->to_vfio |= f->iommu_group >= 0 || no_iommu_mode();
}

static const char *why_held(const struct pci_function *f, char text[TEXT_SIZE])
{
	char bind[LACK_TEXT];

	if (info_is_legacy(f)) {
		snprintf(text, TEXT_SIZE, "virtio 1.x: it is a legacy device, held by the kernel "
			 "driver %s", f->driver);
		return text;
	}
	access_way_bind(f, bind);
	snprintf(text, TEXT_SIZE, "the kernel driver %s holds it: %s", f->driver, bind);
	return text;
}

static void add_function(struct listing *l, const struct pci_function *f)
{
	struct report_node *row = report_object(l->devices, NULL);
	char text[TEXT_SIZE];
	const char *missing = NULL;
	bool held = !pci_function_driver_yields(f);

	if (held) {
		missing = why_held(f, text);
		look_at_use(l, f);
	} else if (l->pci == BACKEND_ABSENT) {
		missing = "the pci backend is not installed";
	} else if (l->pci == BACKEND_REFUSED) {
		missing = "the pci backend was refused: see '" PROGRAM " backends'";
	}
	add_identity(row, f->address, f->type, f->driver, f->iommu_group, f->numa_node);
	add_state(row, held ? f->driver : NULL, missing);
}

/* The function that the backend tells of, if it is one. */
static struct pci_function *find_function(const struct listing *l, const char *address)
{
	for (int i = 0; i < l->n_functions; i++)
		if (!strcmp(address, l->functions[i].address))
			return &l->functions[i];
	return NULL;
}

/* A backend's device; of a PCI function it knows more than sysfs does. */
static int add_device(const struct virtio_device_info *info, void *ctx)
{
	struct listing *l = ctx;
	struct report_node *row = report_object(l->devices, NULL);
	struct pci_function *f = find_function(l, info->address);
	bool held = f ? !pci_function_driver_yields(f) : info->missing != NULL;

	if (f)
		f->told = true;
	if (f && held)
		look_at_use(l, f);
	add_identity(row, info->address, info->device_id, info->driver, info->iommu_group,
		     info->numa_node);
	add_state(row, held ? info->driver : NULL, info->missing);
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
	if (l.could_bind)
		report_footer(report, "To take a device: " PROGRAM
			      " bind --dry-run %sADDRESS", l.to_vfio ? "" : "--driver none ");
	return report_print(report, call->json, status);
}

const struct command command_list = {
	.name = "list",
	.arguments = "",
	.summary = "the virtio devices there are, and what one of them is missing",
	.run = run_list,
};
