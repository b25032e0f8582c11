/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks /proc/PID/fd. The kernel shows the descriptors of other users'
 * processes to root only, so finding nobody proves little to anyone else.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "holder.h"
#include "sysfs.h"

struct search {
	const char *name;	/* the last part of the file's path */
	struct stat wanted;
	uint64_t inode;		/* or of the socket */
	long pid;
};

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	if (S_ISCHR(a->st_mode) || S_ISBLK(a->st_mode))
		return (a->st_mode & S_IFMT) == (b->st_mode & S_IFMT) && a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Only what has the right name is looked at: a file on a dead server would
 * keep us waiting. */
static bool look_at_descriptor(const char *folder, const char *name, void *ctx)
{
	const struct search *s = ctx;
	char path[SYSFS_PATH], target[SYSFS_PATH], socket[SYSFS_NAME];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return false;
	sysfs_link_name(folder, name, target, sizeof(target));
	snprintf(socket, sizeof(socket), "socket:[%" PRIu64 "]", s->inode);
	if (s->inode)
		return !strcmp(target, socket);
	return !strcmp(target, s->name) && !stat(path, &st) && is_same_file(&s->wanted, &st);
}

static bool look_at_process(const char *folder, const char *name, void *ctx)
{
	struct search *s = ctx;
	char path[SYSFS_NAME];

	(void)folder;
	s->pid = isdigit((unsigned char)*name) ? strtol(name, NULL, 10) : 0;
	if (s->pid <= 0 || s->pid == getpid())
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/fd", s->pid);
	return sysfs_each(path, look_at_descriptor, s);
}

static bool search(struct search *s, struct holder *holder)
{
	char path[SYSFS_NAME];

	if (!sysfs_each("/proc", look_at_process, s))
		return false;
	holder->pid = s->pid;
	snprintf(path, sizeof(path), "/proc/%ld", s->pid);
	if (sysfs_read(path, "comm", holder->name, sizeof(holder->name)) <= 0)
		strcpy(holder->name, "?");
	return true;
}

bool holder_find(const char *path, struct holder *holder)
{
	const char *last = strrchr(path, '/');
	struct search s = { .name = last ? last + 1 : path };

	return !stat(path, &s.wanted) && search(&s, holder);
}

bool holder_of_socket(uint64_t inode, struct holder *holder)
{
	struct search s = { .inode = inode };

	return inode && search(&s, holder);
}
