/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opens nodes below /dev and explains what stood in the way. To name the
 * process that holds one it looks through /proc, where other users' processes
 * are hidden from it; it never touches them.
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "lift.h"
#include "node.h"
#include "sysfs.h"

/* Has the process one of its descriptors on that file? */
static bool has_open(const char *pid, const char *path)
{
	char name[PATH_MAX], target[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(name, sizeof(name), "/proc/%s/fd", pid);
	dir = opendir(name);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		const ssize_t len = readlinkat(dirfd(dir), entry->d_name, target,
					       sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
		found = !strcmp(target, path);
	}
	closedir(dir);
	return found;
}

static void name_process(const char *pid, char *text, size_t size)
{
	char path[64], comm[32];

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	if (vpci_read_text(path, comm, sizeof(comm)) <= 0)
		snprintf(comm, sizeof(comm), "?");
	/* A program names itself: no control characters into a sentence. */
	for (char *c = comm; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	snprintf(text, size, "process %.20s (%s)", pid, comm);
}

void vpci_node_holder(const char *path, char *text, size_t size)
{
	char real[PATH_MAX];
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	snprintf(text, size, "a process that cannot be seen from here");
	if (!realpath(path, real))
		snprintf(real, sizeof(real), "%s", path);
	while (proc && (entry = readdir(proc))) {
		/* This one may have opened it itself, only to find it taken. */
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    strtol(entry->d_name, NULL, 10) == getpid() || !has_open(entry->d_name, real))
			continue;
		name_process(entry->d_name, text, size);
		break;
	}
	if (proc)
		closedir(proc);
}

static int explain(const char *path, const char *absent, int error)
{
	char holder[96];

	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return virtio_set_error(error, "there is no %s: %s", path, absent);
	case EACCES:
		return virtio_set_error(error, "no permission to read and write %s: chown or chmod "
					"it for this user, or run as its owner", path);
	case EPERM:
		return virtio_set_error(error, "the kernel does not let this user open %s: run as "
					"root, or with CAP_SYS_RAWIO", path);
	case EBUSY:
		vpci_node_holder(path, holder, sizeof(holder));
		return virtio_set_error(error, "%s is in use by %s; a group is one program's at a "
					"time", path, holder);
	default:
		return virtio_set_error(error, "cannot open %s: %s", path, strerror(error));
	}
}

int vpci_node_open(const char *path, const char *absent)
{
	const int fd = vpci_lift(open(path, O_RDWR | O_CLOEXEC));

	return fd >= 0 ? fd : explain(path, absent, errno);
}

/* VFIO makes the entry for each of its devices, and a node for those that it
 * opens so: then the entry says which. */
static bool has_node(const char *function, const char *entry)
{
	char attribute[300], number[32];

	snprintf(attribute, sizeof(attribute), "vfio-dev/%s/dev", entry);
	return vpci_sysfs_read(function, attribute, number, sizeof(number)) > 0;
}

int vpci_node_of(const char *function, char *path, size_t size)
{
	char folder[VPCI_SYSFS_PATH];
	struct dirent *entry;
	int err = -ENOENT;
	DIR *dir;

	vpci_sysfs_path(folder, function, "vfio-dev");
	dir = opendir(folder);
	while (dir && err && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "vfio", 4) && has_node(function, entry->d_name) &&
		    snprintf(path, size, "/dev/vfio/devices/%s", entry->d_name) < (int)size)
			err = 0;
	if (dir)
		closedir(dir);
	return err;
}
