/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON about devices and functions: figures that this process has, none that
 * would have to be read from the device.
 */
#include "config.h"

#include <stdio.h>

#include "missing.h"
#include "report.h"

static void put_string(struct virtio_json_writer *w, const char *name, const char *value)
{
	virtio_json_name(w, name);
	if (value)
		virtio_json_string(w, value);
	else
		virtio_json_null(w);
}

static void put_uint(struct virtio_json_writer *w, const char *name, uint64_t value)
{
	virtio_json_name(w, name);
	virtio_json_uint64(w, value);
}

static void put_index(struct virtio_json_writer *w, const char *name, int value)
{
	virtio_json_name(w, name);
	if (value >= 0)
		virtio_json_uint64(w, (uint64_t)value);
	else
		virtio_json_null(w);
}

void vpci_dump_json_info(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	const struct vpci_dev *dev = vpci_dev_of(vdev);
	char ids[16];

	snprintf(ids, sizeof(ids), "%04x:%04x", dev->fn.vendor, dev->fn.device);
	put_string(w, "type", "pci");
	put_string(w, "pci_address", dev->fn.name);
	put_string(w, "pci_id", ids);
	put_string(w, "access", dev->access->name);
	put_string(w, "addresses", dev->access->translated ? "iova" : "physical");
	put_index(w, "iommu_group", dev->fn.iommu_group);
	put_index(w, "numa_node", dev->fn.numa_node);
	put_uint(w, "vectors", dev->caps.msix_size);
	put_uint(w, "vectors_used", dev->irq.count);
}

void vpci_write_json_config(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	const struct vpci_dev *dev = vpci_dev_of(vdev);

	put_string(w, "trtype", "pci");
	put_string(w, "traddr", dev->fn.name);
}

void vpci_describe_function(const struct vpci_function *fn, struct virtio_json_writer *w)
{
	char ids[16], text[128];

	put_string(w, "type", virtio_device_type_name(fn->type));
	put_string(w, "pci_address", fn->name);
	snprintf(ids, sizeof(ids), "%04x:%04x", fn->vendor, fn->device);
	put_string(w, "pci_id", ids);
	snprintf(ids, sizeof(ids), "%04x:%04x", fn->subsystem_vendor, fn->subsystem_device);
	put_string(w, "subsystem_id", ids);
	put_uint(w, "revision", fn->revision);
	virtio_json_name(w, "transitional");
	virtio_json_bool(w, fn->transitional);
	put_string(w, "driver", *fn->driver ? fn->driver : NULL);
	put_index(w, "iommu_group", fn->iommu_group);
	put_index(w, "numa_node", fn->numa_node);
	put_string(w, "missing", vpci_missing(fn, text, sizeof(text)));
}
