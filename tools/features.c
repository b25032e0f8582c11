/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * features HEX: what feature bits mean, without any device.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/names.h>

#include "feature-set.h"
#include "options.h"
#include "report.h"

struct features_settings {
	uint16_t type;
};

static int read_bits(const char *text, uint64_t *bits)
{
	const char *digits = text;

	if (!strncmp(text, "0x", 2) || !strncmp(text, "0X", 2))
		digits += 2;
	if (!*digits || strspn(digits, "0123456789abcdefABCDEF") != strlen(digits)) {
		complain("features: '%s' is no hexadecimal number", text);
		return -EINVAL;
	}
	digits += strspn(digits, "0");
	if (strlen(digits) > 16) {
		complain("features: '%s' has bits above 63, which have no names here", text);
		return -EINVAL;
	}
	*bits = strtoull(*digits ? digits : "0", NULL, 16);
	return 0;
}

static void report_bits(struct report_node *root, uint64_t bits, uint16_t type)
{
	struct report_node *table = report_array(root, "bits");

	for (unsigned bit = 0; bit < 64; bit++) {
		struct report_node *row;

		if (!(bits >> bit & 1))
			continue;
		row = report_object(table, NULL);
		report_uint(row, "bit", bit);
		report_string(row, "name", virtio_feature_name(type, bit));
		if (virtio_feature_name(type, bit))
			report_null(row, "note", NULL);
		else if (feature_is_reserved(bit) || type)
			report_string(row, "note", "not defined");
		else
			report_string(row, "note", "depends on the type: give --type");
	}
}

static int run_features(const struct invocation *call)
{
	const struct features_settings *settings = call->settings;
	struct report *report;
	struct report_node *root;
	uint64_t bits;

	if (read_bits(call->args[0], &bits))
		return EXIT_USAGE;
	report = report_new();
	root = report_root(report);
	report_format(root, "features", "0x%llx", (unsigned long long)bits);
	report_string(root, "type", virtio_device_type_name(settings->type));
	report_bits(root, bits, settings->type);
	return report_print(report, call->json, EXIT_DONE);
}

static const struct option_spec features_options[] = {
	{ "type", "T", "the device type, for the bits that differ by type", option_type,
	  offsetof(struct features_settings, type), 0, 0, NULL },
	{ 0 }
};

const struct command command_features = {
	.name = "features",
	.arguments = "HEX",
	.summary = "feature bits by name, without any device",
	.options = features_options,
	.settings_size = sizeof(struct features_settings),
	.min_args = 1,
	.max_args = 1,
	.run = run_features,
};
