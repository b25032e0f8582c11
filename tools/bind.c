/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bind ADDRESS: hands a PCI device to vfio-pci; unbind ADDRESS: gives it back
 * to the kernel's own driver.
 *
 * Refuses what the system uses. With --dry-run every write is told and none
 * is done.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bind-check.h"
#include "command.h"
#include "options.h"
#include "pci-argument.h"
#include "pci-function.h"
#include "rebind.h"
#include "report.h"

#define KERNEL_DRIVER "virtio-pci"

struct bind_settings {
	unsigned driver;
	bool dry_run;
};

static const char *const drivers[] = { "vfio-pci", "none", NULL };
enum { TO_VFIO, TO_NONE };

/* What the report begins with; the steps come into it later. */
static struct report *begin(const struct pci_function *f, const struct bind_settings *s)
{
	struct report *report = report_new();
	struct report_node *root = report_root(report);

	report_string(root, "address", f->address);
	report_string(root, "driver_before", *f->driver ? f->driver : NULL);
	report_bool(root, "dry_run", s->dry_run);
	return report;
}

static void tell_result(struct report_node *root, const struct rebind *r, const char *held)
{
	const char *name = r->function->address + strlen("pci:");
	const char *driver = r->dry_run ? r->function->driver : r->driver;
	char rest[HELD_TEXT + 80] = "";

	if (*held)
		snprintf(rest, sizeof(rest), "; VFIO gives it out once the rest of IOMMU group %d "
			 "is taken too: %s", r->function->iommu_group, held);
	report_string(root, "driver", *driver ? driver : NULL);
	if (r->dry_run)
		report_format(root, "result", "nothing was changed (--dry-run)%s", rest);
	else if (*driver)
		report_format(root, "result", "%s holds %s%s", driver, name, rest);
	else if (r->expected)
		report_format(root, "result", "no driver holds %s", name);
	else
		report_format(root, "result", "no driver of the kernel has taken %s: "
			      "modprobe virtio_pci", name);
}

static int nothing_to_do(const struct invocation *call, const struct pci_function *f,
			 const char *result)
{
	const struct bind_settings *s = call->settings;
	struct report *report = begin(f, s);
	struct report_node *root = report_root(report);

	report_array(root, "steps");
	report_string(root, "driver", *f->driver ? f->driver : NULL);
	report_string(root, "result", result);
	return report_print(report, call->json, EXIT_DONE);
}

/* held: what else of its group has to be taken, as commands. */
static int change(const struct invocation *call, struct rebind *r, const char *held)
{
	const struct bind_settings *s = call->settings;
	struct report *report = begin(r->function, s);
	struct report_node *root = report_root(report);
	int status;

	r->command = call->command->name;
	r->dry_run = s->dry_run;
	r->steps = report_array(root, "steps");
	status = rebind_run(r);
	if (status != EXIT_DONE) {
		report_free(report);
		return status;
	}
	tell_result(root, r, held);
	return report_print(report, call->json, EXIT_DONE);
}

static int run_bind(const struct invocation *call)
{
	const struct bind_settings *s = call->settings;
	bool to_vfio = s->driver == TO_VFIO;
	struct pci_function f;
	struct rebind r = {
		.function = &f, .override = drivers[s->driver], .probe = to_vfio,
		.expected = to_vfio ? drivers[TO_VFIO] : "",
	};
	char held[HELD_TEXT];
	int status = pci_argument_find("bind", call->args[0], &f);

	if (status != EXIT_DONE)
		return status;
	if (to_vfio && !strcmp(f.driver, drivers[TO_VFIO]))
		return nothing_to_do(call, &f, "vfio-pci holds it already");
	if (!to_vfio && !*f.driver)
		return nothing_to_do(call, &f, "it has no driver already");
	status = pci_function_driver_yields(&f) ? unbind_check("bind", &f) : EXIT_DONE;
	if (status == EXIT_DONE)
		status = bind_check(&f, to_vfio, held);
	return status == EXIT_DONE ? change(call, &r, held) : status;
}

static int run_unbind(const struct invocation *call)
{
	struct pci_function f;
	struct rebind r = { .function = &f, .override = "", .probe = true };
	int status = pci_argument_find("unbind", call->args[0], &f);

	if (status != EXIT_DONE)
		return status;
	if (!pci_function_driver_yields(&f))
		return nothing_to_do(call, &f, "a driver of the kernel holds it already");
	if (sysfs_exists(SYSFS_PCI "/drivers", KERNEL_DRIVER))
		r.expected = KERNEL_DRIVER;
	status = unbind_check("unbind", &f);
	return status == EXIT_DONE ? change(call, &r, "") : status;
}

static const struct option_spec bind_options[] = {
	{ "driver", "D", "vfio-pci, or none for access=sysfs (vfio-pci)", option_choice,
	  offsetof(struct bind_settings, driver), 0, 0, drivers },
	{ "dry-run", NULL, "tell every write and do none", option_switch,
	  offsetof(struct bind_settings, dry_run), 0, 0, NULL },
	{ 0 }
};

static const struct option_spec unbind_options[] = {
	{ "dry-run", NULL, "tell every write and do none", option_switch,
	  offsetof(struct bind_settings, dry_run), 0, 0, NULL },
	{ 0 }
};

const struct command command_bind = {
	.name = "bind",
	.arguments = "ADDRESS",
	.summary = "take a PCI device from the kernel's driver, for use from here",
	.details = "The device is bound to vfio-pci by its driver_override, until it is unbound\n"
		   "or the machine restarts. Refuses a device that the system uses, and one whose\n"
		   "IOMMU group has other members in use. Needs root.",
	.options = bind_options,
	.settings_size = sizeof(struct bind_settings),
	.min_args = 1,
	.max_args = 1,
	.run = run_bind,
};

const struct command command_unbind = {
	.name = "unbind",
	.arguments = "ADDRESS",
	.summary = "give a PCI device back to the kernel's driver",
	.details = "Undoes what bind has done. Refuses a device that a process has open.\n"
		   "Needs root.",
	.options = unbind_options,
	.settings_size = sizeof(struct bind_settings),
	.min_args = 1,
	.max_args = 1,
	.run = run_unbind,
};
