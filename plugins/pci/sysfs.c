/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads attributes and links of PCI functions below sysfs. Each is opened,
 * read once and closed; only vpci_sysfs_open hands a descriptor out, and only
 * its caller decides whether that can write.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

void vpci_sysfs_path(char path[VPCI_SYSFS_PATH], const char *function, const char *attribute)
{
	/* A name that does not fit becomes one that does not exist. */
	if (snprintf(path, VPCI_SYSFS_PATH, "%s/%s/%s", VPCI_SYSFS_DEVICES, function,
		     attribute) >= VPCI_SYSFS_PATH)
		*path = '\0';
}

static ssize_t read_once(int fd, char *text, size_t size)
{
	ssize_t len;

	do
		len = read(fd, text, size);
	while (len < 0 && errno == EINTR);
	return len < 0 ? -errno : len;
}

int vpci_read_text(const char *path, char *text, size_t size)
{
	ssize_t len;
	int fd;

	*text = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read_once(fd, text, size - 1);
	close(fd);
	if (len < 0) {
		*text = '\0';
		return (int)len;
	}
	if (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return (int)len;
}

int vpci_sysfs_read(const char *function, const char *attribute, char *text, size_t size)
{
	char path[VPCI_SYSFS_PATH];

	vpci_sysfs_path(path, function, attribute);
	return vpci_read_text(path, text, size);
}

int64_t vpci_sysfs_number(const char *function, const char *attribute, int64_t otherwise)
{
	char text[32], *end;
	long long value;

	if (vpci_sysfs_read(function, attribute, text, sizeof(text)) <= 0)
		return otherwise;
	errno = 0;
	value = strtoll(text, &end, 0);
	return errno || end == text || *end ? otherwise : value;
}

void vpci_sysfs_link(const char *function, const char *attribute, char *text, size_t size)
{
	char path[VPCI_SYSFS_PATH], target[PATH_MAX];
	const char *name;
	ssize_t len;

	*text = '\0';
	vpci_sysfs_path(path, function, attribute);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0 && (errno == ENOENT || errno == ENOTDIR))
		return;
	target[len > 0 ? len : 0] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	/* There is one. Half a name could be another's, and none would mean that there
	 * is not. */
	if (!*name || snprintf(text, size, "%s", name) >= (int)size)
		snprintf(text, size, "?");
}

int vpci_sysfs_open(const char *function, const char *attribute, int flags)
{
	char path[VPCI_SYSFS_PATH];
	int fd;

	vpci_sysfs_path(path, function, attribute);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
