/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds functions, hands them out and takes them back. Nothing of a function
 * is touched here: what is known of it comes from libpciaccess and sysfs.
 *
 * What is handed out is a copy of the function's record; it is claimed for as
 * long as somebody has it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "access.h"
#include "attach.h"
#include "bus.h"
#include "caps-read.h"
#include "claim.h"
#include "device.h"
#include "sysfs.h"

static int read_config(void *ctx, unsigned at, void *buf, unsigned len)
{
	const ssize_t n = pread(*(int *)ctx, buf, len, at);

	if (n < 0)
		return -errno;
	/* The kernel shows the header to all and the rest to CAP_SYS_ADMIN. */
	return n == (ssize_t)len ? 0 : -EACCES;
}

/* PCI-DETECT-1: a transitional ID says nothing; a device without capabilities
 * is a legacy one. Who may not read them learns it when the device is opened. */
static int check_modern(const struct vpci_function *fn)
{
	uint8_t bytes[VPCI_CONFIG_SIZE];
	struct vpci_caps caps;
	int fd = vpci_sysfs_open(fn->name, "config", O_RDONLY), len;

	if (fd < 0)
		return 0;
	len = vpci_caps_read(read_config, &fd, bytes);
	close(fd);
	return len == sizeof(bytes) ? vpci_caps_parse(bytes, sizeof(bytes), fn->bars, &caps) : 0;
}

int vpci_check_usable(const struct vpci_function *fn)
{
	if (!vpci_is_virtio(fn->vendor, fn->device) || !fn->type)
		return virtio_set_error(ENODEV, "%s is no virtio device (vendor 0x%04x, device "
					"0x%04x)", fn->name, fn->vendor, fn->device);
	if (vpci_function_is_held(fn))
		return virtio_set_error(EBUSY, "%s is held by the kernel driver %s; 'virtio-poll-ctl "
					"bind pci:%s' takes it away from the kernel", fn->name,
					fn->driver, fn->name);
	return check_modern(fn);
}

/* One phrase of what the function lacks, NULL if it could be opened. */
static const char *missing(const struct vpci_function *fn, char *text, size_t size)
{
	const char *what = vpci_access_missing(fn, text, size);

	if (what && !vpci_function_is_held(fn))
		return what;
	if (check_modern(fn) == -ENOTSUP)
		return "virtio 1.x: it is a legacy device";
	return what;
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
			.missing = missing(&list[i], text, sizeof(text)),
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

void vpci_release(void *device)
{
	struct vpci_function *fn = device;

	vpci_claim_drop(&fn->addr);
	free(fn);
}

/* Claims the function and offers a copy of it; the callback's result. */
static int offer(const struct vpci_function *fn, virtio_attach_cb cb, void *cb_ctx)
{
	struct vpci_function *copy = malloc(sizeof(*copy));
	int result;

	if (!copy)
		return virtio_set_error(ENOMEM, "no memory to attach %s", fn->name);
	*copy = *fn;
	result = vpci_claim_take(&fn->addr, fn->name);
	if (result) {
		free(copy);
		return result;
	}
	result = cb(copy, cb_ctx);
	if (result)
		vpci_release(copy);
	return result;
}

static int attach_one(virtio_attach_cb cb, void *cb_ctx, uint16_t device_id,
		      const struct virtio_pci_addr *addr)
{
	struct vpci_function fn;
	int err = vpci_bus_find(addr, &fn);

	if (!err)
		err = vpci_check_usable(&fn);
	if (err)
		return err;
	if (fn.type != device_id)
		return virtio_set_error(ENODEV, "%s is no device of type %u but of type %u", fn.name,
					device_id, fn.type);
	return offer(&fn, cb, cb_ctx);
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
		if (list[i].type == device_id && !vpci_check_usable(&list[i]))
			(void)offer(&list[i], cb, cb_ctx);
	free(list);
	return 0;
}

int vpci_init(struct virtio_dev *vdev, const char *name, void *device)
{
	struct vpci_function *fn = device;
	int err;

	/* The driver may have changed since the function was handed out. */
	vpci_function_look(fn);
	err = vpci_check_usable(fn);
	if (!err)
		err = vpci_dev_open(vdev, name, fn, &vpci_default_options);
	if (!err)
		free(fn);	/* the device has the claim from now on */
	return err;
}
