/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which functions this process has taken: attached, or driven. Any thread.
 */
#ifndef VPCI_CLAIM_H
#define VPCI_CLAIM_H

#include <stdbool.h>

#include <virtio-poll/pci.h>

/* Takes the function, for a device or to hand `offer` out (else NULL): 0, -EBUSY if
 * it is taken, -ENOMEM; a sentence is left. */
int vpci_claim_take(const struct virtio_pci_addr *addr, const char *name, const void *offer);

/* Is this handed out? Looks at the list alone, so that any pointer may be asked. */
bool vpci_claim_offers(const void *offer);

/* A device has what was handed out; the claim stays. */
void vpci_claim_settle(const void *offer);

/* Gives it back; one that is not taken is left. */
void vpci_claim_drop(const struct virtio_pci_addr *addr);

#endif /* VPCI_CLAIM_H */
