/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sessions, iterators and probing of a bus that is an array.
 */
#include "config.h"

#include "fake-bus.h"
#include "unit.h"

struct fake_bus bus;

struct pci_device_iterator {
	unsigned next;
	struct pci_id_match match;
};

int pci_system_init(void)
{
	const int err = bus.inits < 4 ? bus.init_results[bus.inits] : 0;

	ck_assert(!bus.open);
	bus.inits++;
	bus.open = !err;
	return err;
}

void pci_system_cleanup(void)
{
	bus.cleanups += bus.open;
	bus.open = false;
}

struct pci_device_iterator *pci_id_match_iterator_create(const struct pci_id_match *match)
{
	struct pci_device_iterator *it;

	if (!bus.open)
		return NULL;
	it = calloc(1, sizeof(*it));
	ck_assert_ptr_nonnull(it);
	it->match = *match;
	bus.iterators++;
	return it;
}

void pci_iterator_destroy(struct pci_device_iterator *it)
{
	bus.iterators--;
	free(it);
}

static bool matches(const struct pci_device *d, const struct pci_id_match *match)
{
	return PCI_ID_COMPARE(match->vendor_id, d->vendor_id) &&
	       PCI_ID_COMPARE(match->device_id, d->device_id) &&
	       PCI_ID_COMPARE(match->subvendor_id, d->subvendor_id) &&
	       PCI_ID_COMPARE(match->subdevice_id, d->subdevice_id) &&
	       (d->device_class & match->device_class_mask) == match->device_class;
}

struct pci_device *pci_device_next(struct pci_device_iterator *it)
{
	while (it->next < bus.n) {
		struct pci_device *d = &bus.devices[it->next++];

		if (matches(d, &it->match))
			return d;
	}
	return NULL;
}

struct pci_device *pci_device_find_by_slot(uint32_t domain, uint32_t slot_bus, uint32_t dev,
					   uint32_t func)
{
	for (unsigned i = 0; bus.open && i < bus.n; i++) {
		struct pci_device *d = &bus.devices[i];

		if (d->domain == domain && d->bus == slot_bus && d->dev == dev && d->func == func)
			return d;
	}
	return NULL;
}

int pci_device_probe(struct pci_device *d)
{
	const size_t i = (size_t)(d - bus.devices);

	bus.probed[i] = true;
	if (bus.probe_result[i])
		return bus.probe_result[i];
	d->regions[1].size = 0x1000;
	d->regions[4].size = 0x4000;
	d->regions[4].is_64 = 1;
	d->regions[5].size = 0x4000;	/* what a careless reader might take for a BAR */
	return 0;
}

struct pci_device *fake_bus_add(uint32_t domain, uint8_t dev, uint16_t vendor, uint16_t device)
{
	struct pci_device *d = &bus.devices[bus.n++];

	d->domain = domain;
	d->domain_16 = (uint16_t)domain;
	d->bus = FAKE_BUS;
	d->dev = dev;
	d->vendor_id = vendor;
	d->device_id = device;
	d->subvendor_id = vendor;
	d->subdevice_id = 0x1100;
	return d;
}

void fake_bus_init(void)
{
	memset(&bus, 0, sizeof(bus));
}

void fake_bus_end(void)
{
	ck_assert_uint_eq(bus.iterators, 0);
	ck_assert(!bus.open);
}
