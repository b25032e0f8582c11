/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * probe ADDRESS: opens a device, shakes hands, tells what it said, closes it.
 */
#include "config.h"

#include <stddef.h>

#include "command.h"
#include "device-report.h"
#include "options.h"

static int run_probe(const struct invocation *call)
{
	return device_report(call->args[0], call->settings, call->json);
}

static const struct device_settings probe_defaults = { .timeout_ms = 5000 };

static const struct option_spec probe_options[] = {
	{ "type", "T", "the device type, which vhost-user does not tell", option_type,
	  offsetof(struct device_settings, type), 0, 0, NULL },
	{ "timeout", "S", "the most that one step may take, in seconds (5)", option_seconds,
	  offsetof(struct device_settings, timeout_ms), 1, 3600000, NULL },
	{ 0 }
};

const struct command command_probe = {
	.name = "probe",
	.arguments = "ADDRESS",
	.summary = "open a device, negotiate, tell what it said, close it",
	.details = "Some vhost-user servers serve one client at a time, and some end with their\n"
		   "only client (virtiofsd): probing takes their client's place.",
	.options = probe_options,
	.defaults = &probe_defaults,
	.settings_size = sizeof(struct device_settings),
	.min_args = 1,
	.max_args = 1,
	.run = run_probe,
};
