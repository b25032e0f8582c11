/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * backends: the plugins that were found, and those that were refused and why.
 */
#include "config.h"

#include <stddef.h>

#include <virtio-poll/device.h>

#include "command.h"
#include "report.h"

static int add_backend(const struct virtio_backend_info *info, void *ctx)
{
	struct report_node *row = report_object(ctx, NULL);

	report_string(row, "name", info->name);
	report_string(row, "path", info->path);
	report_string(row, "state", info->error ? "refused" : "ready");
	report_string(row, "version", info->version);
	if (info->error && !info->version)
		report_null(row, "abi", NULL);
	else
		report_uint(row, "abi", info->abi);
	report_string(row, "description", info->description);
	report_string(row, "reason", info->reason);
	return 0;
}

static int run_backends(const struct invocation *call)
{
	struct report *report = report_new();
	struct report_node *list = report_paragraphs(report_root(report), "backends");

	(void)virtio_backend_foreach(add_backend, list);
	return report_print(report, call->json, EXIT_DONE);
}

const struct command command_backends = {
	.name = "backends",
	.arguments = "",
	.summary = "the plugins that were found, and why one was refused",
	.run = run_backends,
};
