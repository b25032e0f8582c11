/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which process has a file open, as far as /proc shows it to this user.
 */
#ifndef HOLDER_H
#define HOLDER_H

#include <stdbool.h>
#include <stdint.h>

struct holder {
	long pid;
	char name[32];
};

/* A process but this one that has the file at path open; false if none is seen. */
bool holder_find(const char *path, struct holder *holder);

/* The same of the socket with that inode. */
bool holder_of_socket(uint64_t inode, struct holder *holder);

#endif /* HOLDER_H */
