/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * info of a PCI function: identity, capabilities, then either what the device
 * says of itself or, if it cannot be asked, what its driver accepted and what
 * the kernel made of it, read from sysfs. A device that a kernel driver holds
 * is never asked.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include <virtio-poll/names.h>

#include "bind-check.h"
#include "command.h"
#include "device-report.h"
#include "feature-set.h"
#include "info.h"
#include "pci-argument.h"
#include "pci-function.h"
#include "report.h"

/* The string of a virtioN's features: one character per bit. */
#define FEATURES_SIZE 160
#define REASON_SIZE 512

static void report_identity(struct report_node *root, const struct pci_function *f)
{
	report_string(root, "address", f->address);
	report_string(root, "backend", "pci");
	report_string(root, "type", virtio_device_type_name(f->type));
	report_string(root, "type_source", f->type ? "device" : NULL);
	report_format(root, "pci_id", "%04x:%04x", f->vendor, f->device);
	report_format(root, "subsystem_id", "%04x:%04x", f->subsystem_vendor,
		      f->subsystem_device);
	report_uint(root, "revision", f->revision);
	report_bool(root, "transitional", f->transitional);
	report_string(root, "driver", *f->driver ? f->driver : NULL);
	report_index(root, "iommu_group", f->iommu_group);
	report_index(root, "numa_node", f->numa_node);
}

/* The folder of the virtioN that virtio-pci made; "" if there is none. */
static void virtio_folder(const struct pci_function *f, char folder[SYSFS_PATH])
{
	*folder = '\0';
	if (*f->virtio)
		snprintf(folder, SYSFS_PATH, "%s/%s", f->folder, f->virtio);
}

static void report_status(struct report_node *root, const char *folder, const char *why)
{
	int64_t status;

	if (*folder && !sysfs_read_number(folder, "status", &status))
		device_status_report(root, (uint8_t)status);
	else
		report_null(root, "status", why);
}

/* What the driver accepted, bit by bit. 0 or -errno. */
static int read_accepted(const char *folder, uint64_t *accepted)
{
	char text[FEATURES_SIZE];
	int len = *folder ? sysfs_read(folder, "features", text, sizeof(text)) : -ENOENT;

	*accepted = 0;
	if (len < 0)
		return len;
	for (int bit = 0; bit < len && bit < 64; bit++)
		if (text[bit] == '1')
			*accepted |= UINT64_C(1) << bit;
	return 0;
}

/* What the kernel and the bus tell; why says why the device was not asked. */
static void report_outside(struct report_node *root, const struct pci_function *f,
			   const char *folder, const char *why)
{
	uint64_t accepted;
	bool known = !read_accepted(folder, &accepted);

	report_status(root, folder, why);
	report_null(root, "queues", why);
	report_null(root, "memory", why);
	report_null(root, "features_offered", why);
	if (known)
		feature_set_report_accepted(root, f->type, accepted);
	else
		report_null(root, "features", why);
	info_kernel_config(root, f, folder, accepted, why);
	report_untold(root, "virtio", NULL);
}

/*
 * Asks the device, if no kernel driver holds it and nobody else has it open: an
 * exit status, EXIT_FAILED if it cannot be asked, and why says why.
 */
static int report_inside(struct report_node *root, const struct pci_function *f,
			 const char *address, const struct device_settings *settings,
			 char why[REASON_SIZE])
{
	char full[REASON_SIZE];

	if (!pci_function_driver_yields(f)) {
		snprintf(why, REASON_SIZE, "only the device could tell, which %s holds",
			 f->driver);
		return EXIT_FAILED;
	}
	/* Opening is a reset. uio does not keep a second one out. */
	if (function_holder(f, why, REASON_SIZE))
		return EXIT_FAILED;
	snprintf(full, sizeof(full), "pci:%s", pci_argument_place(address));
	return device_report_live(root, full, settings, why, REASON_SIZE);
}

static int check_type(const struct pci_function *f, uint16_t wanted)
{
	const char *name = virtio_device_type_name(f->type);

	if (!wanted || wanted == f->type)
		return EXIT_DONE;
	complain("%s is of type %s, not %s", f->address, name ? name : "unknown",
		 virtio_device_type_name(wanted));
	return EXIT_USAGE;
}

int info_pci(const char *address, const struct device_settings *settings, bool json)
{
	struct pci_function f;
	char folder[SYSFS_PATH], why[REASON_SIZE];
	struct report *report;
	struct report_node *root;
	int status = pci_argument_find("info", address, &f);

	if (status == EXIT_DONE)
		status = check_type(&f, settings->type);
	if (status != EXIT_DONE)
		return status;
	virtio_folder(&f, folder);
	report = report_new();
	root = report_root(report);
	report_expect_reasons(root);
	report_identity(root, &f);
	info_capabilities(root, &f);
	status = report_inside(root, &f, address, settings, why);
	if (status == EXIT_USAGE || status == EXIT_INTERRUPTED) {
		report_free(report);
		return status;
	}
	if (status == EXIT_FAILED)
		report_outside(root, &f, folder, why);
	info_kernel(root, &f, folder);
	return report_print(report, json, EXIT_DONE);
}
