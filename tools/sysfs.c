/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads attributes and links below sysfs. Every open is O_RDONLY.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

const char *sysfs_root(void)
{
	const char *root = secure_getenv("VIRTIO_POLL_SYSFS");

	return root && *root ? root : "/sys";
}

static int join(char path[SYSFS_PATH], const char *folder, const char *name)
{
	int len = snprintf(path, SYSFS_PATH, "%s/%s", folder, name);

	return len < SYSFS_PATH ? 0 : -ENAMETOOLONG;
}

int sysfs_read(const char *folder, const char *name, char *text, size_t size)
{
	char path[SYSFS_PATH];
	ssize_t len;
	int fd, err;

	*text = '\0';
	err = join(path, folder, name);
	if (err)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	do
		len = read(fd, text, size - 1);
	while (len < 0 && errno == EINTR);
	err = len < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	text[len] = '\0';
	while (len > 0 && strchr("\n ", text[len - 1]))
		text[--len] = '\0';
	return (int)len;
}

int sysfs_read_number(const char *folder, const char *name, int64_t *value)
{
	char text[SYSFS_NAME], *end;
	int len = sysfs_read(folder, name, text, sizeof(text));

	if (len < 0)
		return len;
	errno = 0;
	*value = strtoll(text, &end, 0);
	return errno || end == text || *end ? -EINVAL : 0;
}

void sysfs_link_name(const char *folder, const char *name, char *text, size_t size)
{
	char path[SYSFS_PATH], target[PATH_MAX];
	const char *last;
	ssize_t len;

	*text = '\0';
	if (join(path, folder, name))
		return;
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	last = strrchr(target, '/');
	snprintf(text, size, "%s", last ? last + 1 : target);
}

void sysfs_first_entry(const char *folder, const char *name, const char *prefix, char *text,
		       size_t size)
{
	char path[SYSFS_PATH];
	const struct dirent *entry;
	DIR *dir;

	*text = '\0';
	if (join(path, folder, name))
		return;
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)))
			continue;
		/* Whatever order the file system has: the smallest name. */
		if (!*text || strcmp(entry->d_name, text) < 0)
			snprintf(text, size, "%s", entry->d_name);
	}
	closedir(dir);
}
