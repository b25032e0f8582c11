/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors kept away from 0, 1 and 2.
 *
 * A program that has closed those would get them from the next open, and what
 * it prints would go into the file it serves. Every descriptor made here passes by.
 */
#ifndef LOOPBACK_LIFT_H
#define LOOPBACK_LIFT_H

/* What a call that makes a descriptor returned: the same above 2, a copy with
 * close-on-exec in place of a lower one, or -1 with errno set. */
int loop_lift(int fd);

#endif /* LOOPBACK_LIFT_H */
