/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of taken functions, the one thing that the plugin shares between
 * devices besides the I/O address spaces. What another process has taken is
 * seen when a way in is opened.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <virtio-poll/backend.h>

#include "claim.h"

struct claim {
	struct claim *next;
	struct virtio_pci_addr addr;
	const void *offer;	/* what was handed out for it, or NULL */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct claim *claims;

/* Where the claim hangs, or the end of the list. */
static struct claim **find(const struct virtio_pci_addr *addr)
{
	struct claim **at = &claims;

	while (*at && virtio_pci_addr_compare(&(*at)->addr, addr))
		at = &(*at)->next;
	return at;
}

int vpci_claim_take(const struct virtio_pci_addr *addr, const char *name, const void *offer)
{
	struct claim *c = malloc(sizeof(*c)), **at;

	if (!c)
		return virtio_set_error(ENOMEM, "no memory to attach %s", name);
	*c = (struct claim){ .addr = *addr, .offer = offer };
	pthread_mutex_lock(&lock);
	at = find(addr);
	if (!*at) {
		*at = c;
		c = NULL;
	}
	pthread_mutex_unlock(&lock);
	if (!c)
		return 0;
	free(c);
	return virtio_set_error(EBUSY, "%s is attached already in this process", name);
}

void vpci_claim_drop(const struct virtio_pci_addr *addr)
{
	struct claim **at, *c;

	pthread_mutex_lock(&lock);
	at = find(addr);
	c = *at;
	if (c)
		*at = c->next;
	pthread_mutex_unlock(&lock);
	free(c);
}

/* The claim for what was handed out, or NULL; under the lock. */
static struct claim *find_offer(const void *offer)
{
	struct claim *c = claims;

	while (c && (!offer || c->offer != offer))
		c = c->next;
	return c;
}

bool vpci_claim_offers(const void *offer)
{
	bool found;

	pthread_mutex_lock(&lock);
	found = find_offer(offer) != NULL;
	pthread_mutex_unlock(&lock);
	return found;
}

void vpci_claim_settle(const void *offer)
{
	struct claim *c;

	pthread_mutex_lock(&lock);
	c = find_offer(offer);
	if (c)
		c->offer = NULL;
	pthread_mutex_unlock(&lock);
}
