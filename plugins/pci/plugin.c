/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pci plugin: virtio 1.x functions of this machine's PCI bus. Start
 * reading here, then attach.c (finding them), device.c (opening one),
 * access.h (the ways in), common.c and queue.c (its registers), loss.c.
 *
 * Addresses: pci:0000:00:04.0, with the options access=, queue-size=,
 * num-queues= and vectors=.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/backend.h>

#include "attach.h"
#include "bus.h"
#include "claim.h"
#include "device.h"
#include "report.h"

#define MAX_QUEUE_SIZE 32768

static int take_access(struct virtio_address *address, struct vpci_options *options)
{
	const char *name = "auto";
	const int ret = virtio_address_take_string(address, "access", &name);

	if (ret < 0)
		return ret;
	options->access = vpci_access_find(name);
	return options->access ? 0 : virtio_set_error(EINVAL, "access=%s is no way in to a device: "
						       "it is " VPCI_ACCESS_NAMES, name);
}

static int take_queue_size(struct virtio_address *address, struct vpci_options *options)
{
	const int ret = virtio_address_take_uint(address, "queue-size", 1, MAX_QUEUE_SIZE,
						 &options->size_limit);

	if (ret < 0)
		return ret;
	if (options->size_limit & (options->size_limit - 1))
		return virtio_set_error(EINVAL, "queue-size=%u is no power of 2, as a split ring "
					"needs it: 1 to %d", (unsigned)options->size_limit,
					MAX_QUEUE_SIZE);
	return 0;
}

static int take_options(struct virtio_address *address, struct vpci_options *options)
{
	int ret = take_access(address, options);

	if (ret >= 0)
		ret = take_queue_size(address, options);
	if (ret >= 0)
		ret = virtio_address_take_uint(address, "num-queues", 1, VIRTIO_MAX_VIRTQUEUES,
					       &options->queue_limit);
	if (ret >= 0)
		ret = virtio_address_take_uint(address, "vectors", 0, VPCI_MAX_VECTORS,
					       &options->vector_limit);
	return ret < 0 ? ret : virtio_address_finish(address);
}

static int take_address(struct virtio_address *address, struct virtio_pci_addr *addr)
{
	const char *target = virtio_address_target(address);

	if (!*target)
		return virtio_set_error(EINVAL, "there is no PCI address: write pci:0000:00:04.0 "
					"('virtio-poll-ctl list' shows them)");
	return virtio_pci_addr_parse(addr, target);
}

static int find_function(struct virtio_address *address, struct vpci_options *options,
			 struct vpci_function *fn)
{
	struct virtio_pci_addr addr;
	int err = take_address(address, &addr);

	if (!err)
		err = take_options(address, options);
	if (!err)
		err = vpci_bus_find(&addr, fn);
	return err;
}

static int open_device(struct virtio_dev *vdev, const char *name, struct virtio_address *address)
{
	struct vpci_options options = vpci_default_options;
	struct vpci_function fn;
	int err = find_function(address, &options, &fn);

	if (!err)
		err = vpci_check_usable(&fn);
	if (!err)
		err = vpci_claim_take(&fn.addr, fn.name, NULL);
	if (err)
		return err;
	err = vpci_dev_open(vdev, name, &fn, &options);
	if (err)
		vpci_claim_drop(&fn.addr);
	return err;
}

static int describe(struct virtio_address *address, struct virtio_json_writer *w)
{
	struct vpci_options options = vpci_default_options;
	struct vpci_function fn;
	const int err = find_function(address, &options, &fn);

	if (!err)
		vpci_describe_function(&fn, w);
	return err;
}

static const struct virtio_backend backend = {
	VIRTIO_BACKEND_INIT,
	.name = "pci",
	.version = PACKAGE_VERSION,
	.description = "virtio 1.x PCI devices of this machine, through VFIO or sysfs",
	.enumerate = vpci_enumerate,
	.attach = vpci_attach,
	.init = vpci_init,
	.open = open_device,
	.describe = describe,
	.release = vpci_release,
};

const struct virtio_backend *virtio_backend_query(void)
{
	return &backend;
}
