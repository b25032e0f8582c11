/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds functions, hands them out and takes them back. Nothing of a function
 * is touched here: what is known of it comes from libpciaccess and sysfs.
 *
 * What is handed out is claimed for as long as somebody has it.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "access.h"
#include "attach.h"
#include "bus.h"
#include "caps-read.h"
#include "claim.h"
#include "device.h"
#include "missing.h"
#include "sysfs.h"

int vpci_check_usable(const struct vpci_function *fn)
{
	if (!vpci_is_virtio(fn->vendor, fn->device) || !fn->type)
		return virtio_set_error(ENODEV, "%s is no virtio device (vendor 0x%04x, device "
					"0x%04x)", fn->name, fn->vendor, fn->device);
	if (vpci_function_is_held(fn))
		return virtio_set_error(EBUSY, "%s is held by the kernel driver %s; '%s pci:%s' "
					"takes it away from the kernel", fn->name, fn->driver,
					vpci_bind_command(fn), fn->name);
	return vpci_check_modern(fn);
}

int vpci_enumerate(int (*cb)(const struct virtio_device_info *info, void *ctx), void *ctx)
{
	struct vpci_function *list;
	const int n = vpci_bus_scan(&list);
	int result = 0;

	for (int i = 0; i < n && !result; i++) {
		char address[sizeof("pci:") + VIRTIO_PCI_ADDR_STRLEN], text[128];
		const struct virtio_device_info info = {
			.size = sizeof(info),
			.address = address,
			.driver = *list[i].driver ? list[i].driver : NULL,
			.missing = vpci_missing(&list[i], text, sizeof(text)),
			.iommu_group = list[i].iommu_group,
			.numa_node = list[i].numa_node,
			.device_id = list[i].type,
		};

		snprintf(address, sizeof(address), "pci:%s", list[i].name);
		result = cb(&info, ctx);
	}
	if (n < 0)
		return n;
	free(list);
	return result;
}

/*
 * What is handed out: a function, kept by whoever has it and by the callback's
 * frame, since a callback may make the device, end it and refuse all the same.
 */
struct offer {
	struct vpci_function fn;
	_Atomic bool taken;		/* the claim is the device's */
	_Atomic unsigned users;
};

static void put(struct offer *offer)
{
	if (atomic_fetch_sub(&offer->users, 1) == 1)
		free(offer);
}

void vpci_release(void *device)
{
	struct offer *offer = device;

	vpci_claim_drop(&offer->fn.addr);
	put(offer);
}

/* Claims the function and offers it; the callback's result. */
static int offer_function(const struct vpci_function *fn, virtio_attach_cb cb, void *cb_ctx)
{
	struct offer *offer = malloc(sizeof(*offer));
	int result;

	if (!offer)
		return virtio_set_error(ENOMEM, "no memory to attach %s", fn->name);
	*offer = (struct offer){ .fn = *fn, .users = 2 };
	result = vpci_claim_take(&fn->addr, fn->name, offer);
	if (result) {
		free(offer);
		return result;
	}
	result = cb(offer, cb_ctx);
	if (result && !atomic_load(&offer->taken))
		vpci_release(offer);
	put(offer);
	return result;
}

static int attach_one(virtio_attach_cb cb, void *cb_ctx, uint16_t device_id,
		      const struct virtio_pci_addr *addr)
{
	struct vpci_function fn;
	int err = vpci_bus_find(addr, &fn);

	if (!err)
		err = vpci_check_usable(&fn);
	if (err)	/* a legacy device is none of those there are */
		return err == -ENOTSUP ? -ENODEV : err;
	if (fn.type != device_id)
		return virtio_set_error(ENODEV, "%s is no device of type %u but of type %u", fn.name,
					device_id, fn.type);
	return offer_function(&fn, cb, cb_ctx);
}

int vpci_attach(virtio_attach_cb cb, void *cb_ctx, uint16_t device_id,
		const struct virtio_pci_addr *addr)
{
	struct vpci_function *list;
	int n;

	if (addr)
		return attach_one(cb, cb_ctx, device_id, addr);
	n = vpci_bus_scan(&list);
	if (n < 0)
		return n;
	/* A refusal, the callback's own among them, does not end the walk. */
	for (int i = 0; i < n; i++)
		if (list[i].type == device_id)
			(void)attach_one(cb, cb_ctx, device_id, &list[i].addr);
	free(list);
	return 0;
}

int vpci_init(struct virtio_dev *vdev, const char *name, void *device)
{
	struct offer *offer = device;
	int err;

	if (!vpci_claim_offers(offer))
		return virtio_set_error(EINVAL, "pci_ctx is none that is handed out: one callback got "
					"it, one device is made of it");
	/* The driver may have changed since the function was handed out. */
	vpci_function_look(&offer->fn);
	err = vpci_check_usable(&offer->fn);
	if (!err)
		err = vpci_dev_open(vdev, name, &offer->fn, &vpci_default_options);
	if (err)
		return err;
	vpci_claim_settle(offer);
	atomic_store(&offer->taken, true);
	put(offer);
	return 0;
}
