/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chooses the way in to a function: which ways a name stands for, and what
 * each of them lacked when none works.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "device.h"

static const struct vpci_access_choice choices[] = {
	{ "auto", { &vpci_access_cdev, &vpci_access_type1, &vpci_access_noiommu,
		    &vpci_access_sysfs } },
	{ "vfio", { &vpci_access_cdev, &vpci_access_type1 } },
	{ "cdev", { &vpci_access_cdev } },
	{ "type1", { &vpci_access_type1 } },
	{ "noiommu", { &vpci_access_noiommu } },
	{ "sysfs", { &vpci_access_sysfs } },
};

const struct vpci_access_choice *vpci_access_find(const char *name)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (!strcmp(choices[i].name, name))
			return &choices[i];
	return NULL;
}

/* The sentence of the way that just failed, without the call's name. */
static const char *last_sentence(void)
{
	const char *text = virtio_last_error();
	const char *colon = strstr(text, ": ");

	return colon && !strncmp(text, "virt", 4) ? colon + 2 : text;
}

static int try_way(struct vpci_dev *dev, const struct vpci_access *way)
{
	int err;

	dev->access = way;
	err = way->open(dev);
	if (err)
		dev->access = NULL;
	return err;
}

/*
 * Is it worth trying? A function that VFIO has cannot be reached by sysfs, and
 * the other way round; the sentence of a hopeless way would only hide the one
 * that matters.
 */
static bool fits(const struct vpci_function *fn, const struct vpci_access *way)
{
	return vpci_function_is_vfio(fn) != (way == &vpci_access_sysfs);
}

int vpci_access_open(struct vpci_dev *dev, const struct vpci_access_choice *choice)
{
	const bool several = choice->ways[1] != NULL;
	char lacking[400] = "";
	size_t len = 0;
	int err = -ENODEV, first = 0;

	for (unsigned i = 0; choice->ways[i] && len < sizeof(lacking); i++) {
		if (several && !fits(&dev->fn, choice->ways[i]))
			continue;
		err = try_way(dev, choice->ways[i]);
		if (!err || !several)
			return err;
		/* The first reason to fail that is more than an absent file. */
		if (!first || first == -ENOENT)
			first = err;
		len += (size_t)snprintf(lacking + len, sizeof(lacking) - len, "%s%s: %s",
					len ? "; " : "", choice->ways[i]->name, last_sentence());
	}
	if (!len)
		return virtio_set_error(ENOTSUP, "%s is not bound to vfio-pci, as access=%s needs it: "
					"'virtio-poll-ctl bind pci:%s'", dev->fn.name, choice->name,
					dev->fn.name);
	return virtio_set_error(-first, "no way in to %s: %s", dev->fn.name, lacking);
}
