/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * info ADDRESS: what a device is. A PCI function that a kernel driver holds is
 * looked at from outside, through sysfs; any other device is opened, as by probe.
 */
#include "config.h"

#include <stddef.h>

#include "command.h"
#include "device-report.h"
#include "info.h"
#include "options.h"
#include "pci-argument.h"

static int run_info(const struct invocation *call)
{
	const char *address = call->args[0];

	if (is_pci_argument(address))
		return info_pci(address, call->settings, call->json);
	return device_report(address, call->settings, call->json);
}

static const struct device_settings info_defaults = { .timeout_ms = 5000 };

static const struct option_spec info_options[] = {
	{ "type", "T", "the device type, which vhost-user does not tell", option_type,
	  offsetof(struct device_settings, type), 0, 0, NULL },
	{ "timeout", "S", "the most that one step may take, in seconds (5)", option_seconds,
	  offsetof(struct device_settings, timeout_ms), 1, 3600000, NULL },
	{ 0 }
};

const struct command command_info = {
	.name = "info",
	.arguments = "ADDRESS",
	.summary = "what a device is: identity, features, queues, configuration",
	.details = "A PCI device that a kernel driver holds is read from sysfs only and never\n"
		   "disturbed; what only the device could tell is left open. Any other device is\n"
		   "opened, as by 'probe'.",
	.options = info_options,
	.defaults = &info_defaults,
	.settings_size = sizeof(struct device_settings),
	.min_args = 1,
	.max_args = 1,
	.run = run_info,
};
