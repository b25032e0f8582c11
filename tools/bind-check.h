/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * May a PCI function be taken from its driver, or be given back to it? Asked
 * by bind.c before anything is written.
 */
#ifndef BIND_CHECK_H
#define BIND_CHECK_H

#include <stdbool.h>

struct pci_function;

#define HELD_TEXT 512

/* An exit status: EXIT_DONE, or EXIT_FAILED after a sentence that names what is
 * in the way. to_vfio: VFIO is going to have it; the members of its group that a
 * driver of the host holds too, and nothing uses, are then in `held`: the commands
 * that take them, "" if there are none. */
int bind_check(const struct pci_function *function, bool to_vfio, char held[HELD_TEXT]);
int unbind_check(const char *command, const struct pci_function *function);

/* The process that drives the function, in words: by its VFIO or uio node, or
 * through sysfs. False if none is seen. */
bool function_holder(const struct pci_function *function, char *text, unsigned size);

#endif /* BIND_CHECK_H */
