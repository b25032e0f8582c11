/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The named way to a PCI device, without an address text:
 *
 *     attach DEVICE-ID BDF
 *     attach held BDF       a block device that the kernel drives
 *
 * Enumerates, gives all back, attaches the one, sees that it is attached, reads
 * from it if it is a block device, closes it, and can attach it again.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"

struct walk {
	struct virtio_pci_ctx *kept;
	unsigned seen;
	bool keep;
};

static int found(struct virtio_pci_ctx *pci_ctx, void *ctx)
{
	struct walk *w = ctx;

	w->seen++;
	if (!w->keep)
		return 1;
	w->kept = pci_ctx;
	return 0;
}

static unsigned count(uint16_t id)
{
	struct walk w = { 0 };

	must(virtio_pci_dev_enumerate(found, &w, id), "enumerate");
	return w.seen;
}

static void use(uint16_t id, struct virtio_pci_addr *addr)
{
	struct walk w = { .keep = true }, again = { 0 };
	struct virtio_dev dev = { 0 };
	struct disk_request *requests;

	must(virtio_pci_dev_attach(found, &w, id, addr), "attach");
	check(w.kept && w.seen == 1, "attach gives the device once");
	check(virtio_pci_dev_attach(found, &again, id, addr) == -EBUSY && !again.seen,
	      "an attached device is busy");
	must(virtio_pci_dev_init(&dev, "guest", w.kept), "init");
	must(virtio_dev_reset(&dev, DISK_FEATURES), "reset");
	must(virtio_dev_start(&dev, 1, 0), "start");
	if (virtio_dev_get_device_id(&dev) == VIRTIO_ID_BLOCK) {
		requests = disk_requests(&dev, 4096);
		disk_verify(dev.vqs[0], requests, UNTOUCHED, 64, 1, 4096);
	}
	virtio_dev_destruct(&dev);
}

/* Enumerate passes over it, attach says who has it. */
static _Noreturn void see_it_held(struct virtio_pci_addr *addr)
{
	struct walk w = { 0 };

	check(count(VIRTIO_ID_BLOCK) == 0, "enumerate passes over what the kernel drives");
	must(virtio_pci_dev_attach(found, &w, VIRTIO_ID_BLOCK, addr), "attach");
	die("a device that the kernel drives was attached");
}

int main(int argc, char **argv)
{
	struct virtio_pci_addr addr;
	struct walk refusing = { 0 };
	unsigned before;
	uint16_t id;

	if (argc != 3)
		die("usage: attach DEVICE-ID|held BDF");
	must(virtio_pci_addr_parse(&addr, argv[2]), "address");
	if (!strcmp(argv[1], "held"))
		see_it_held(&addr);
	id = (uint16_t)number(argv[1]);
	before = count(id);
	check(before > 0, "enumerate finds some");
	check(count(id) == before, "what was given back is found again");
	check(virtio_pci_dev_attach(found, &refusing, id, &addr) == 1, "the callback's result");
	use(id, &addr);
	use(id, &addr);
	check(count(id) == before, "what was closed is found again");
	addr.domain = 0xfffffffe;
	check(virtio_pci_dev_attach(found, &refusing, id, &addr) == -ENODEV, "no such device");
	printf("%u devices\n", before);
	return 0;
}
