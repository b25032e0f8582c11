/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which functions this process has taken: attached, or driven. Any thread.
 */
#ifndef VPCI_CLAIM_H
#define VPCI_CLAIM_H

#include <virtio-poll/pci.h>

/* Takes the function: 0, -EBUSY if it is taken, -ENOMEM; a sentence is left. */
int vpci_claim_take(const struct virtio_pci_addr *addr, const char *name);

/* Gives it back; one that is not taken is left. */
void vpci_claim_drop(const struct virtio_pci_addr *addr);

#endif /* VPCI_CLAIM_H */
