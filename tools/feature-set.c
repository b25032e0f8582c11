/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Feature bits by name, and why one was not accepted.
 *
 * The names are the library's; the reasons follow from the rules that it
 * negotiates by (virtio_dev_reset), in words for people.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>

#include <virtio-poll/names.h>

#include "feature-set.h"

#define BIT(n) (UINT64_C(1) << (n))

static const struct {
	uint8_t bit;
	const char *why;
} reasons[] = {
	{ 24, "only before virtio 1.0" },
	{ 26, "only for migration" },
	{ 27, "only before virtio 1.0" },
	{ 28, "switched off" },
	{ 29, "switched off" },
	{ 30, "vhost-user's own" },
	{ 33, "not for this transport" },
	{ 34, "split rings only" },
	{ 35, "not implemented" },
	{ 37, "the bus's business" },
	{ 40, "not implemented" },
	{ 41, "not implemented" },
	{ 43, "not implemented" },
};

bool feature_is_reserved(unsigned bit)
{
	return (bit >= 24 && bit <= 41) || (bit >= 43 && bit <= 49);
}

uint64_t feature_set_of_type(uint16_t type)
{
	uint64_t set = 0;

	for (unsigned bit = 0; type && bit < 64; bit++)
		if (!feature_is_reserved(bit) && virtio_feature_name(type, bit))
			set |= BIT(bit);
	return set;
}

static const char *why_not(uint16_t type, unsigned bit)
{
	for (unsigned i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].bit == bit)
			return reasons[i].why;
	if (feature_is_reserved(bit))
		return virtio_feature_name(0, bit) ? "not for this transport" : "not defined";
	if (!type)
		return "depends on the type";
	return virtio_feature_name(type, bit) ? "needs another feature"
					      : "not of this type";
}

void feature_set_report(struct report_node *parent, uint16_t type, uint64_t offered,
			uint64_t accepted)
{
	struct report_node *table = report_array(parent, "features");

	for (unsigned bit = 0; bit < 64; bit++) {
		struct report_node *row;

		if (!(offered & BIT(bit)))
			continue;
		row = report_object(table, NULL);
		report_uint(row, "bit", bit);
		report_string(row, "name", virtio_feature_name(type, bit));
		report_bool(row, "device", true);
		report_bool(row, "accepted", accepted & BIT(bit));
		report_string(row, "why_not", accepted & BIT(bit) ? NULL : why_not(type, bit));
	}
}

void feature_set_report_accepted(struct report_node *parent, uint16_t type, uint64_t accepted)
{
	struct report_node *table = report_array(parent, "features");

	for (unsigned bit = 0; bit < 64; bit++) {
		struct report_node *row;

		if (!(accepted & BIT(bit)))
			continue;
		row = report_object(table, NULL);
		report_uint(row, "bit", bit);
		report_string(row, "name", virtio_feature_name(type, bit));
		report_null(row, "device", NULL);
		report_bool(row, "accepted", true);
		report_null(row, "why_not", NULL);
	}
}
