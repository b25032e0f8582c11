/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Follows the capability list while it reads, word by word, so that no byte is
 * read that does not belong to a capability. What they mean is for caps.c.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "caps-read.h"
#include "sysfs.h"

#define HEADER_SIZE	64u
#define CAP_POINTER	0x34
#define CAP_ID_VENDOR	9
#define CAP_MSIX_SIZE	12u	/* it has no length of its own, as all but ours */
#define CAP_MAX_SIZE	24u	/* the longest that is looked into */
#define CAP_WINDOW_SIZE	16u	/* what describes the window; its data come next */

static unsigned wanted(const uint8_t *cap)
{
	if (cap[0] != CAP_ID_VENDOR)
		return CAP_MSIX_SIZE;
	if (cap[3] == VPCI_CAP_ACCESS)
		return CAP_WINDOW_SIZE;
	return cap[2] < CAP_MAX_SIZE ? cap[2] : CAP_MAX_SIZE;
}

static int read_cap(vpci_config_reader read, void *ctx, uint8_t *bytes, unsigned at)
{
	int err = read(ctx, at, bytes + at, 4);
	const unsigned size = err ? 0 : wanted(bytes + at);

	for (unsigned i = 4; i < size && at + i < VPCI_CONFIG_SIZE && !err; i += 4)
		err = read(ctx, at + i, bytes + at + i, 4);
	return err;
}

int vpci_caps_read(vpci_config_reader read, void *ctx, uint8_t bytes[VPCI_CONFIG_SIZE])
{
	int err;
	unsigned at;

	memset(bytes, 0, VPCI_CONFIG_SIZE);
	err = read(ctx, 0, bytes, HEADER_SIZE);
	if (err)
		return err;
	at = bytes[CAP_POINTER] & ~3u;
	/* HARD-CAP-2: no list has more members than there are places for them. */
	for (unsigned n = 0; at >= HEADER_SIZE && n < (VPCI_CONFIG_SIZE - HEADER_SIZE) / 4; n++) {
		err = read_cap(read, ctx, bytes, at);
		if (err)
			return err == -EACCES ? (int)HEADER_SIZE : err;
		at = bytes[at + 1] & ~3u;
	}
	return VPCI_CONFIG_SIZE;
}

static int read_attribute(void *ctx, unsigned at, void *buf, unsigned len)
{
	const ssize_t n = pread(*(int *)ctx, buf, len, at);

	if (n < 0)
		return -errno;
	/* The kernel shows the header to all and the rest to CAP_SYS_ADMIN. */
	return n == (ssize_t)len ? 0 : -EACCES;
}

int vpci_check_modern(const struct vpci_function *fn)
{
	uint8_t bytes[VPCI_CONFIG_SIZE];
	struct vpci_caps caps;
	int fd = vpci_sysfs_open(fn->name, "config", O_RDONLY), len;

	if (fd < 0)
		return 0;
	len = vpci_caps_read(read_attribute, &fd, bytes);
	close(fd);
	return len == sizeof(bytes) ? vpci_caps_parse(bytes, sizeof(bytes), fn->bars, &caps) : 0;
}
