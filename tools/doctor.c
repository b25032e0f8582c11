/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * doctor [ADDRESS]: what is in the way, and how to mend it, line by line.
 *
 * Without an address the machine as a whole. Reads only: no device is opened,
 * so what only opening could tell is not known here.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "doctor.h"
#include "pci-argument.h"
#include "pci-function.h"
#include "report.h"

static const char *const verdict_names[VERDICTS] = {
	[PASS] = "PASS",
	[WARN] = "WARN",
	[FAIL] = "FAIL",
	[SKIP] = "SKIP",
};

void doctor_say(struct doctor *d, enum verdict verdict, const char *check, const char *fix,
		const char *fmt, ...)
{
	struct report_node *row = report_object(d->checks, NULL);
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->counts[verdict]++;
	report_string(row, "result", verdict_names[verdict]);
	report_string(row, "check", check);
	report_string(row, "finding", text);
	report_string(row, "fix", fix);
}

static void check_machine(struct doctor *d)
{
	doctor_check_backends(d);
	doctor_check_vfio(d);
	doctor_check_memory(d);
	doctor_check_functions(d);
}

/* A device of another backend: whether that can be asked at all. */
static void check_backend_of(struct doctor *d, const char *address)
{
	char name[SYSFS_NAME];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(address, ":"), address);
	switch (backend_state(name)) {
	case BACKEND_READY:
		doctor_say(d, PASS, "backend", NULL, "%s is installed", name);
		break;
	case BACKEND_REFUSED:
		doctor_say(d, FAIL, "backend", "see why by '" PROGRAM " backends'",
			   "%s is there and was refused", name);
		break;
	case BACKEND_ABSENT:
		doctor_say(d, FAIL, "backend", "correct the name, or install its plugin: '"
			   PROGRAM " backends' shows what there is", "%s is not installed", name);
	}
}

/* Which ones there are, and what they take, only the backend's open knows. */
static void check_options(struct doctor *d, const char *address)
{
	const char *options = address_options(address);
	char fix[512];

	if (!*options)
		return;
	snprintf(fix, sizeof(fix), PROGRAM " probe '%.400s' opens the device and tells", address);
	doctor_say(d, SKIP, "options", fix, "whether %.200s is right shows when it is opened",
		   options);
}

static int check_address(struct doctor *d, const char *address)
{
	struct pci_function f;
	int status;

	if (is_pci_argument(address)) {
		status = pci_argument_find("doctor", address, &f);
		if (status == EXIT_DONE) {
			check_backend_of(d, "pci:");
			doctor_check_function(d, &f);
		}
		return status;
	}
	if (!strcspn(address, ":/") || address[strcspn(address, ":/")] != ':') {
		complain("doctor: '%s' is no address: use BACKEND:PLACE, as pci:0000:00:04.0",
			 address);
		return EXIT_USAGE;
	}
	check_backend_of(d, address);
	if (is_address_of(address, "vhost-user"))
		doctor_check_socket(d, address);
	check_options(d, address);
	return EXIT_DONE;
}

static int run_doctor(const struct invocation *call)
{
	const char *address = call->n_args ? call->args[0] : NULL;
	struct report *report = report_new();
	struct report_node *root = report_root(report);
	struct doctor d = { .checks = NULL };
	int status = EXIT_DONE;

	report_string(root, "address", address);
	d.checks = report_checks(root, "checks");
	if (address)
		status = check_address(&d, address);
	else
		check_machine(&d);
	if (status != EXIT_DONE) {
		report_free(report);
		return status;
	}
	report_uint(root, "passed", d.counts[PASS]);
	report_uint(root, "warnings", d.counts[WARN]);
	report_uint(root, "failed", d.counts[FAIL]);
	report_uint(root, "skipped", d.counts[SKIP]);
	return report_print(report, call->json, d.counts[FAIL] ? EXIT_FAILED : EXIT_DONE);
}

const struct command command_doctor = {
	.name = "doctor",
	.arguments = "[ADDRESS]",
	.summary = "what keeps a device from being used, and how to mend it",
	.details = "Without an address: the machine as a whole, a line for each virtio device.\n"
		   "Reads only; opens no device. Ends with 1 if a line says FAIL.",
	.min_args = 0,
	.max_args = 1,
	.run = run_doctor,
};
