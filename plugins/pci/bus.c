/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds functions with libpciaccess, in a session per call: begun, read,
 * copied, ended.
 *
 * libpciaccess has one list per process and no lock. The mutex keeps the
 * plugin's own threads apart. If the program has a session of its own, that
 * one is read and left alone: beginning another would leave the program with
 * pointers into a list that ends with ours.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <pciaccess.h>

#include <virtio-poll/backend.h>

#include "bus.h"

/* A function that is unplugged while libpciaccess reads the bus makes that
 * fail as a whole; the next attempt does not see it any more. */
#define ATTEMPTS	3

static pthread_mutex_t session_lock = PTHREAD_MUTEX_INITIALIZER;

static struct pci_device_iterator *iterate(void)
{
	static const struct pci_id_match virtio = {
		.vendor_id = VPCI_VENDOR,
		.device_id = PCI_MATCH_ANY,
		.subvendor_id = PCI_MATCH_ANY,
		.subdevice_id = PCI_MATCH_ANY,
	};

	return pci_id_match_iterator_create(&virtio);
}

/* Is there a list already, of the program's own? */
static bool session_is_foreign(void)
{
	struct pci_device_iterator *it = iterate();

	if (!it)
		return false;
	pci_iterator_destroy(it);
	return true;
}

static int session_begin(bool *ours)
{
	int err = 0;

	pthread_mutex_lock(&session_lock);
	*ours = !session_is_foreign();
	if (!*ours)
		return 0;
	for (int i = 0; i < ATTEMPTS; i++) {
		err = pci_system_init();
		if (!err)
			return 0;
		pci_system_cleanup();
	}
	pthread_mutex_unlock(&session_lock);
	return -err;
}

static void session_end(bool ours)
{
	if (ours)
		pci_system_cleanup();
	pthread_mutex_unlock(&session_lock);
}

/* HARD-CAP-4: the entry behind a 64-bit BAR is its upper half, and no BAR. */
static void copy_bars(struct vpci_function *fn, const struct pci_device *pci)
{
	for (unsigned i = 0; i < VPCI_BARS; i++) {
		fn->bars[i].size = pci->regions[i].size;
		fn->bars[i].base = pci->regions[i].base_addr;
		fn->bars[i].io = pci->regions[i].is_IO;
		if (pci->regions[i].is_64 && !pci->regions[i].is_IO)
			i++;
	}
}

/* 0 or -errno. */
static int copy_function(struct vpci_function *fn, struct pci_device *pci)
{
	memset(fn, 0, sizeof(*fn));
	fn->addr.domain = pci->domain;	/* all 32 bits; domain_16 has half of them */
	fn->addr.bus = pci->bus;
	fn->addr.dev = pci->dev;
	fn->addr.func = pci->func;
	if (virtio_pci_addr_format(fn->name, sizeof(fn->name), &fn->addr) < 0)
		return -EINVAL;
	fn->vendor = pci->vendor_id;
	fn->device = pci->device_id;
	fn->subsystem_vendor = pci->subvendor_id;
	fn->subsystem_device = pci->subdevice_id;
	fn->revision = pci->revision;
	vpci_function_look(fn);
	if (vpci_is_virtio(fn->vendor, fn->device)) {
		fn->type = vpci_type_of(fn->device);
		fn->transitional = fn->device < VPCI_ID_MODERN;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct vpci_function *x = a, *y = b;

	return virtio_pci_addr_compare(&x->addr, &y->addr);
}

/* How many there are at most; none without an iterator. */
static unsigned count(void)
{
	struct pci_device_iterator *it = iterate();
	unsigned n = 0;

	while (it && pci_device_next(it))
		n++;
	if (it)
		pci_iterator_destroy(it);
	return n;
}

static unsigned fill(struct vpci_function *list, unsigned room)
{
	struct pci_device_iterator *it = iterate();
	struct pci_device *pci;
	unsigned n = 0;

	while (it && n < room && (pci = pci_device_next(it))) {
		if (!vpci_is_virtio(pci->vendor_id, pci->device_id))
			continue;
		if (copy_function(&list[n], pci) == 0)
			n++;
	}
	if (it)
		pci_iterator_destroy(it);
	return n;
}

static int no_bus(int err)
{
	return virtio_set_error(err, "the PCI bus cannot be read: %s", strerror(err));
}

int vpci_bus_scan(struct vpci_function **list)
{
	unsigned room, n = 0;
	bool ours;
	int err = session_begin(&ours);

	*list = NULL;
	if (err)	/* a machine without PCI has no functions */
		return err == -ENOENT || err == -ENOSYS ? 0 : no_bus(-err);
	room = count();
	*list = calloc(room + 1u, sizeof(**list));
	if (*list)
		n = fill(*list, room);
	session_end(ours);
	if (!*list)
		return virtio_set_error(ENOMEM, "no memory for %u PCI functions", room);
	qsort(*list, n, sizeof(**list), compare);
	return (int)n;
}

/*
 * The BARs. libpciaccess reads all of configuration space for them, the access
 * window included (see caps-read.h), so this is for one function that is about to
 * be used, and not where a driver of the kernel has it. 0, or -errno: it went
 * away meanwhile, for one.
 */
static int probe(struct vpci_function *fn, struct pci_device *pci)
{
	int err;

	if (!vpci_is_virtio(fn->vendor, fn->device) || vpci_function_is_held(fn))
		return 0;
	err = pci_device_probe(pci);
	if (!err)
		copy_bars(fn, pci);
	return -err;
}

static int find(const struct virtio_pci_addr *addr, struct vpci_function *fn)
{
	struct pci_device *pci;
	bool ours;
	int err = session_begin(&ours);

	if (err)
		return err;
	pci = pci_device_find_by_slot(addr->domain, addr->bus, addr->dev, addr->func);
	err = pci ? copy_function(fn, pci) : -ENODEV;
	if (!err)
		err = probe(fn, pci);
	session_end(ours);
	return err;
}

int vpci_bus_find(const struct virtio_pci_addr *addr, struct vpci_function *fn)
{
	char name[VIRTIO_PCI_ADDR_STRLEN];
	const int err = find(addr, fn);

	if (!err)
		return 0;
	if (virtio_pci_addr_format(name, sizeof(name), addr) < 0)
		return -ENODEV;
	if (err == -ENODEV || err == -ENOENT || err == -ENOSYS)
		return virtio_set_error(ENODEV, "there is no PCI function %s: 'virtio-poll-ctl "
					"list' shows those of virtio", name);
	return virtio_set_error(ENODEV, "the PCI function %s cannot be read: %s", name,
				strerror(-err));
}
