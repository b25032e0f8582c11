/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is a console or a port of a virtio console in use? The kernel's console, or
 * open in a process (getty, an agent).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <linux/virtio_ids.h>

#include "holder.h"
#include "pci-function.h"
#include "system-use.h"

#define TTY_FOLDER "/sys/class/tty"

static bool check_open(struct use *use, const char *name)
{
	char path[SYSFS_PATH];
	struct holder holder;

	snprintf(path, sizeof(path), "/dev/%s", name);
	if (!holder_find(path, &holder))
		return false;
	return use_found(use, "process %ld (%s) has %s open", holder.pid, holder.name, path) &&
	       use_mend(use, "end that process");
}

static bool visit_port(const char *folder, const char *name, void *ctx)
{
	(void)folder;
	return check_open(ctx, name);
}

/* Which of them is whose sysfs does not say, so each counts. */
static bool visit_tty(const char *folder, const char *name, void *ctx)
{
	(void)folder;
	return !strncmp(name, "hvc", 3) && check_open(ctx, name);
}

bool use_of_consoles(struct use *use)
{
	char active[SYSFS_NAME];

	if (use->function->type != VIRTIO_ID_CONSOLE)
		return false;
	if (sysfs_read(TTY_FOLDER "/console", "active", active, sizeof(active)) > 0 &&
	    strstr(active, "hvc"))
		return use_found(use, "the kernel's console is on it (%s)", active) &&
		       use_mend(use, "boot with another console=");
	return use_each(use, "virtio-ports", visit_port, use) ||
	       sysfs_each(TTY_FOLDER, visit_tty, use);
}
