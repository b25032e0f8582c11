/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel's driver made of a PCI function: its disk or interface, and
 * as much of the device's configuration as sysfs tells. Reads attributes only.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/virtio_ids.h>

#include "config-space.h"
#include "info.h"
#include "pci-function.h"
#include "report.h"

/* Where a field of the configuration shows in sysfs. */
static const struct source {
	uint16_t type;
	const char *field;
	const char *class;	/* below virtioN, above the name */
	const char *attribute;
} sources[] = {
	{ VIRTIO_ID_BLOCK, "capacity", "block", "size" },
	{ VIRTIO_ID_BLOCK, "blk_size", "block", "queue/logical_block_size" },
	{ VIRTIO_ID_NET, "mac", "net", "address" },
	{ VIRTIO_ID_NET, "mtu", "net", "mtu" },
};

static void put_truth(struct report_node *parent, const char *name, const char *text)
{
	report_bool(parent, name, strcmp(text, "0") != 0);
}

static void put_number(struct report_node *parent, const char *name, const char *text)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end)
		report_uint(parent, name, number);
	else
		report_string(parent, name, text);
}

/* What else is worth knowing of it: shown in `kernel`. */
static const struct {
	const char *class;
	const char *member;
	const char *attribute;	/* NULL: the name itself */
	void (*put)(struct report_node *kernel, const char *member, const char *text);
} facts[] = {
	{ "block", "block_device", NULL, report_string },
	{ "block", "serial", "serial", report_string },
	{ "block", "read_only", "ro", put_truth },
	{ "net", "network_interface", NULL, report_string },
	{ "net", "address", "address", report_string },
	{ "net", "mtu", "mtu", put_number },
	{ "net", "operational_state", "operstate", report_string },
};

/* The folder of the first disk or interface below virtioN; false without one. */
static bool class_folder(const char *folder, const char *class, char path[SYSFS_PATH])
{
	char name[SYSFS_NAME];
	int len;

	sysfs_first_entry(folder, class, "", name, sizeof(name));
	if (!*name)
		return false;
	len = snprintf(path, SYSFS_PATH, "%s/%s/%s", folder, class, name);
	return len < SYSFS_PATH;
}

static const struct source *find_source(uint16_t type, const char *field)
{
	for (unsigned i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		if (sources[i].type == type && !strcmp(sources[i].field, field))
			return &sources[i];
	return NULL;
}

static void put_field(struct report_node *config, const struct config_field *field,
		      const char *text)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end)
		config_put_number(config, field, number);
	else
		report_string(config, field->name, text);
}

static void report_field(struct report_node *config, const struct config_field *field,
			 uint16_t type, const char *folder, uint64_t accepted)
{
	const struct source *source = find_source(type, field->name);
	char path[SYSFS_PATH], text[SYSFS_NAME];

	/* Without its feature the kernel made the value up. */
	if (!source || (field->features && !(field->features & accepted)) ||
	    !class_folder(folder, source->class, path) ||
	    sysfs_read(path, source->attribute, text, sizeof(text)) <= 0)
		report_null(config, field->name, NULL);
	else
		put_field(config, field, text);
}

void info_kernel_config(struct report_node *root, const struct pci_function *f,
			const char *folder, uint64_t accepted, const char *why)
{
	const struct config_layout *layout = config_layout_find(f->type);
	struct report_node *config;

	if (!layout)
		why = config_layout_absent(f->type);
	if (!layout || !*folder) {
		report_untold(root, "config_source", NULL);
		report_untold(root, "config_size", NULL);
		report_null(root, "config", why);
		return;
	}
	report_string(root, "config_source", "sysfs");
	report_untold(root, "config_size", NULL);
	config = report_object(root, "config");
	report_expect_meanings(config);
	for (const struct config_field *field = layout->fields; field->name; field++)
		report_field(config, field, f->type, folder, accepted);
}

static void report_fact(struct report_node *kernel, const char *folder, unsigned i)
{
	char path[SYSFS_PATH], text[SYSFS_PATH];

	if (!class_folder(folder, facts[i].class, path))
		return;
	if (!facts[i].attribute)
		facts[i].put(kernel, facts[i].member, strrchr(path, '/') + 1);
	else if (sysfs_read(path, facts[i].attribute, text, sizeof(text)) > 0)
		facts[i].put(kernel, facts[i].member, text);
	else
		report_null(kernel, facts[i].member, NULL);
}

void info_kernel(struct report_node *root, const struct pci_function *f, const char *folder)
{
	struct report_node *kernel;

	if (!*folder) {
		report_null(root, "kernel", "no kernel driver has set the device up");
		return;
	}
	kernel = report_object(root, "kernel");
	report_string(kernel, "virtio_device", f->virtio);
	for (unsigned i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		report_fact(kernel, folder, i);
}
