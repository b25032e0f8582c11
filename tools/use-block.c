/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is a disk of a PCI function in use? Mounted, swapped to, part of something
 * larger (device mapper, md), open in a process, or claimed in the kernel by
 * anything else; the same of its partitions.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "holder.h"
#include "mounts.h"
#include "pci-function.h"
#include "system-use.h"

/* sysfs writes "cciss!c0d0" for /dev/cciss/c0d0. */
static void device_path(const char *name, char path[SYSFS_PATH])
{
	snprintf(path, SYSFS_PATH, "/dev/%s", name);
	for (char *p = path; *p; p++)
		if (*p == '!')
			*p = '/';
}

/*
 * A file system of another mount namespace, of a pool (zfs, btrfs) or a cache
 * holds the disk exclusively: asking for the same shows it. Opened for reading,
 * and only if it is the disk that sysfs means.
 */
static bool is_claimed(const char *path, const char *number)
{
	char text[SYSFS_NAME];
	struct stat st;
	int fd;

	if (stat(path, &st) || !S_ISBLK(st.st_mode))
		return false;
	snprintf(text, sizeof(text), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	if (strcmp(text, number))
		return false;
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EBUSY;
}

static bool is_open(struct use *use, const char *name, const char *number)
{
	char path[SYSFS_PATH];
	struct holder holder;

	device_path(name, path);
	if (holder_find(path, &holder))
		return use_found(use, "process %ld (%s) has %s open", holder.pid, holder.name,
				 path) && use_mend(use, "end that process");
	if (use->ask_kernel && is_claimed(path, number))
		return use_found(use, "the kernel says that %s is claimed, by a mount elsewhere "
				 "or a pool of disks", path) &&
		       use_mend(use, "give it up there");
	return false;
}

/* A disk or a partition. */
static bool check_part(struct use *use, const char *folder, const char *name)
{
	char number[SYSFS_NAME], text[SYSFS_NAME], where[160];

	sysfs_first_entry(folder, "holders", "", text, sizeof(text));
	if (*text)
		return use_found(use, "%s is part of %s (device mapper or md)", name, text) &&
		       use_mend(use, "take %s apart", text);
	if (sysfs_read(folder, "dev", number, sizeof(number)) <= 0)
		return false;
	if (mount_of_block(name, number, where, sizeof(where)))
		return use_found(use, "%s is mounted on %s", name, where) &&
		       use_mend_mount(use, where);
	if (is_swap(name, number))
		return use_found(use, "%s is swap", name) && use_mend(use, "swapoff /dev/%s", name);
	return is_open(use, name, number);
}

static bool visit_partition(const char *folder, const char *name, void *ctx)
{
	char path[SYSFS_PATH];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return false;
	return sysfs_exists(path, "partition") && check_part(ctx, path, name);
}

/* The partitions first: they say more than that their disk is claimed. */
static bool visit_disk(const char *folder, const char *name, void *ctx)
{
	char path[SYSFS_PATH];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return false;
	return sysfs_each(path, visit_partition, ctx) || check_part(ctx, path, name);
}

bool use_of_disks(struct use *use)
{
	return use_each(use, "block", visit_disk, use);
}
