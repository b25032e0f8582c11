/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The specification's names: look-ups in the tables of names-table.c.
 *
 * Tools print with them, addresses are read with them. Nothing in the library
 * decides by a name.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/names.h>

#include "call.h"
#include "names-table.h"

#define PREFIX "VIRTIO_"

const char *virtio_device_type_name(uint16_t device_id)
{
	for (const struct type_name *t = type_names; t->name; t++)
		if (t->device_id == device_id)
			return t->name;
	return NULL;
}

uint16_t virtio_device_type_id(const char *name)
{
	for (const struct type_name *t = type_names; name && t->name; t++)
		if (strcmp(t->name, name) == 0)
			return t->device_id;
	return 0;
}

const char *virtio_feature_name(uint16_t device_id, unsigned bit)
{
	for (const struct feature_name *f = feature_names; f->name; f++)
		if (f->bit == bit && (f->device_id == 0 || f->device_id == device_id))
			return f->name;
	return NULL;
}

static int is_name_of(const struct feature_name *f, const char *name)
{
	size_t prefix = sizeof(PREFIX) - 1;

	if (strcmp(f->name, name) == 0)
		return 1;
	return strncmp(f->name, PREFIX, prefix) == 0 && strcmp(f->name + prefix, name) == 0;
}

int virtio_feature_bit(const char *name)
{
	CALL("virtio_feature_bit", DEFAULT_TIMEOUT_MS);

	for (const struct feature_name *f = feature_names; name && f->name; f++)
		if (is_name_of(f, name))
			return f->bit;
	return virtio_set_error(ENOENT, "no feature is named \"%s\": it takes the names of the "
				"specification, as VIRTIO_BLK_F_MQ or BLK_F_MQ",
				name ? name : "(null)");
}
