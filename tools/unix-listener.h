/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether somebody listens on the socket that a file stands for, and who; without a
 * connection, since some servers end with their only client.
 */
#ifndef UNIX_LISTENER_H
#define UNIX_LISTENER_H

#include <stdint.h>

enum unix_listener_state {
	UNIX_UNKNOWN,		/* a permission is missing, or a descriptor */
	UNIX_NOBODY,		/* the file was left behind */
	UNIX_SOMEBODY,
	UNIX_OTHER_KIND,	/* a socket for datagrams or the like */
};

struct unix_listener {
	enum unix_listener_state state;
	/* Of a listener in this network name space only: */
	uint64_t inode;		/* of the socket itself, or 0 */
	unsigned clients;
};

void unix_listener_find(const char *path, struct unix_listener *l);

#endif /* UNIX_LISTENER_H */
