/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is a PCI function in use by the system? Asks each use-*.c in turn, and finds
 * the kernel's disks, interfaces and ports below the function's virtioN.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pci-function.h"
#include "system-use.h"

/* virtioN/hostN/targetH:C:T/H:C:T:L/block is the deepest known. */
#define DEPTH_MAX 8

struct walk {
	const char *class;
	sysfs_visit visit;
	void *ctx;
	unsigned depth;
};

static bool (*const uses[])(struct use *use) = {
	use_of_disks,
	use_of_interfaces,
	use_of_consoles,
	use_of_file_systems,
};

bool use_found(struct use *use, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(use->why->what, USE_TEXT, fmt, ap);
	va_end(ap);
	return true;
}

bool use_mend(struct use *use, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(use->why->mend, USE_TEXT, fmt, ap);
	va_end(ap);
	return true;
}

bool use_mend_mount(struct use *use, const char *where)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789/._-+:@%,";
	char quoted[USE_TEXT - sizeof("umount ''")];
	size_t len = 0;

	if (!where[strspn(where, plain)])
		return use_mend(use, "umount %s", where);
	/* In quotes all but a quote stands for itself. */
	for (; *where && len < sizeof(quoted) - sizeof("'\\''"); where++) {
		if (*where == '\'')
			len += strlen(strcpy(quoted + len, "'\\'"));
		quoted[len++] = *where;
	}
	quoted[len] = '\0';
	return use_mend(use, "umount '%s'", quoted);
}

/* Links lead out of the device, so they are not followed. */
static bool visit_folder(const char *folder, const char *name, void *ctx)
{
	struct walk *walk = ctx;
	char path[SYSFS_PATH];
	struct stat st;
	bool found;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path) ||
	    lstat(path, &st) || !S_ISDIR(st.st_mode))
		return false;
	if (!strcmp(name, walk->class))
		return sysfs_each(path, walk->visit, walk->ctx);
	if (walk->depth == DEPTH_MAX)
		return false;
	walk->depth++;
	found = sysfs_each(path, visit_folder, walk);
	walk->depth--;
	return found;
}

bool use_each(const struct use *use, const char *class, sysfs_visit visit, void *ctx)
{
	struct walk walk = { class, visit, ctx, 0 };

	return sysfs_each(use->folder, visit_folder, &walk);
}

bool system_use_find(const struct pci_function *function, bool ask_kernel, struct use_reason *why)
{
	struct use use = { .function = function, .ask_kernel = ask_kernel, .why = why };

	memset(why, 0, sizeof(*why));
	if (!*function->virtio)
		return false;
	snprintf(use.folder, sizeof(use.folder), "%s/%s", function->folder, function->virtio);
	for (unsigned i = 0; i < sizeof(uses) / sizeof(*uses); i++)
		if (uses[i](&use))
			return true;
	return false;
}
