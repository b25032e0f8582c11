/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PCI function named on the command line, as "pci:0000:00:04.0,key=value" or
 * as a bare "0000:00:04.0".
 */
#ifndef PCI_ARGUMENT_H
#define PCI_ARGUMENT_H

#include <stdbool.h>

struct pci_function;

/* Does it begin with "pci:", or is it a bare PCI address? */
bool is_pci_argument(const char *text);

/* The text from the place on, without "pci:". */
const char *pci_argument_place(const char *text);

/* Finds the function: an exit status, anything but EXIT_DONE after a sentence. */
int pci_argument_find(const char *command, const char *text, struct pci_function *function);

#endif /* PCI_ARGUMENT_H */
