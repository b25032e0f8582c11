/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libpciaccess as far as the plugin calls it, over a list of functions that a
 * test makes. Linked in place of the real one: no machine is looked at.
 */
#ifndef FAKE_BUS_H
#define FAKE_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include <pciaccess.h>

#define FAKE_BUS_ROOM	256
#define FAKE_BUS	0xfe	/* far from any bus of this machine */

struct fake_bus {
	struct pci_device devices[FAKE_BUS_ROOM];
	bool probed[FAKE_BUS_ROOM];
	int probe_result[FAKE_BUS_ROOM];
	unsigned n;
	int init_results[4];		/* of the calls of pci_system_init, then 0 */
	unsigned inits;
	unsigned cleanups;
	unsigned iterators;		/* not destroyed yet */
	bool open;
};

/* The one there is. */
extern struct fake_bus bus;

void fake_bus_init(void);
/* Sessions that were begun have ended, and nothing else. */
void fake_bus_end(void);

/* A function at domain:fe:dev.0 with a BAR 1 of 4 KiB and a BAR 4 of 16 KiB. */
struct pci_device *fake_bus_add(uint32_t domain, uint8_t dev, uint16_t vendor, uint16_t device);

#endif /* FAKE_BUS_H */
