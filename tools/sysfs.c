/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads attributes, links and folders below sysfs. Every open is O_RDONLY.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysfs.h"

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

bool sysfs_exists(const char *folder, const char *name)
{
	char path[SYSFS_PATH];
	struct stat st;

	return !join(path, folder, name) && !stat(path, &st);
}

bool sysfs_has_word(const char *folder, const char *name, const char *word)
{
	char text[SYSFS_PATH], *rest = text;

	if (sysfs_read(folder, name, text, sizeof(text)) <= 0)
		return false;
	for (const char *w; (w = strsep(&rest, " \n"));)
		if (!strcmp(w, word))
			return true;
	return false;
}

bool sysfs_each(const char *folder, sysfs_visit visit, void *ctx)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			found = visit(folder, entry->d_name, ctx);
	closedir(dir);
	return found;
}

struct first {
	const char *prefix;
	char *text;
	size_t size;
};

/* Whatever order the file system has: the smallest name. */
static bool take_smaller(const char *folder, const char *name, void *ctx)
{
	const struct first *first = ctx;

	(void)folder;
	if (!strncmp(name, first->prefix, strlen(first->prefix)) &&
	    (!*first->text || strcmp(name, first->text) < 0))
		snprintf(first->text, first->size, "%s", name);
	return false;
}

void sysfs_first_entry(const char *folder, const char *name, const char *prefix, char *text,
		       size_t size)
{
	struct first first = { prefix, text, size };
	char path[SYSFS_PATH];

	*text = '\0';
	if (!join(path, folder, name))
		sysfs_each(path, take_smaller, &first);
}
