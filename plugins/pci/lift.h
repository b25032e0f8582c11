/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors kept away from 0, 1 and 2.
 *
 * A program that has closed those would get them from the next open, and what
 * it prints would go to a device. Every descriptor made here passes by.
 */
#ifndef VPCI_LIFT_H
#define VPCI_LIFT_H

/* What a call that makes a descriptor returned: the same above 2, a copy with
 * close-on-exec in place of a lower one, or -1 with errno set. */
int vpci_lift(int fd);

#endif /* VPCI_LIFT_H */
