/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors kept away from 0, 1 and 2: a program that has closed those would
 * otherwise print into the library's memory.
 */
#ifndef LIFT_H
#define LIFT_H

#include <unistd.h>

/* The first descriptor that is no standard one. */
#define LIFT_LOWEST (STDERR_FILENO + 1)

/* What a call that makes a descriptor returned: the same above 2, a
 * close-on-exec copy in place of a lower one, or -1 with errno. */
int fd_lift(int fd);

#endif /* LIFT_H */
