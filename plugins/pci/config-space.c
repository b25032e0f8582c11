/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads and writes device configuration space field by field, each by one
 * access of its own width, whatever piece of it the caller asked for.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common.h"
#include "config-layout.h"
#include "config-space.h"
#include "regs.h"

/* HARD-CFG-2: against the structure that the device has, not the type's. */
static int check_range(const struct vpci_dev *dev, size_t offset, int len)
{
	const uint64_t size = dev->device.place.length;

	if (dev->gone)
		return virtio_set_error(ENODEV, "%s was removed", dev->fn.name);
	/* PCI-DEVCFG-1 */
	if (!size)
		return virtio_set_error(ENOTSUP, "%s has no device configuration space",
					dev->fn.name);
	if (offset > size || (uint64_t)len > size - offset)
		return virtio_set_error(EINVAL, "%d bytes at offset %zu are beyond the %zu bytes of "
					"configuration space of %s", len, offset, (size_t)size,
					dev->fn.name);
	return 0;
}

/* The value of a field, as the bytes that the device has there. */
static void read_field(const struct vpci_window *w, uint32_t at, unsigned width, uint8_t bytes[4])
{
	const uint32_t value = width == 4 ? vpci_read32(w, at) :
			       width == 2 ? vpci_read16(w, at) : vpci_read8(w, at);

	for (unsigned i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

static void write_field(const struct vpci_window *w, uint32_t at, unsigned width,
			const uint8_t *bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint32_t)bytes[i] << (8 * i);
	if (width == 4)
		vpci_write32(w, at, value);
	else if (width == 2)
		vpci_write16(w, at, (uint16_t)value);
	else
		vpci_write8(w, at, (uint8_t)value);
}

/* The field at `at`, narrowed where the structure ends inside it. */
static unsigned field_at(const struct vpci_dev *dev, uint32_t at, uint32_t *start)
{
	unsigned width = vpci_config_field(dev->fn.type, at, start);

	while (*start + width > dev->device.place.length) {
		width /= 2;
		*start = at & ~(width - 1);
	}
	return width;
}

int vpci_read_dev_cfg(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	uint32_t at = (uint32_t)offset;
	const uint32_t end = at + (uint32_t)len;
	uint8_t *out = dst;
	const int err = check_range(dev, offset, len);

	if (err)
		return err;
	while (at < end) {
		uint8_t bytes[4] = { 0 };
		uint32_t start;
		const unsigned width = field_at(dev, at, &start);
		const uint32_t stop = start + width < end ? start + width : end;

		read_field(&dev->device, start, width, bytes);
		memcpy(out + (at - offset), bytes + (at - start), stop - at);
		at = stop;
	}
	/* HARD-CFG-4: of a device that was removed meanwhile, any of the bytes may be ones,
	 * or zeroes, or its own. */
	return vpci_check_alive(dev);
}

/* A field that is written in part is written by narrower accesses. */
static unsigned width_to_write(const struct vpci_dev *dev, uint32_t at, uint32_t end)
{
	uint32_t start;
	unsigned width = field_at(dev, at, &start);

	if (start != at)
		width = 1;
	while (at + width > end)
		width /= 2;
	return width;
}

int vpci_write_dev_cfg(struct virtio_dev *vdev, size_t offset, const void *src, int len)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	uint32_t at = (uint32_t)offset;
	const uint32_t end = at + (uint32_t)len;
	const uint8_t *in = src;
	const int err = check_range(dev, offset, len);

	if (err)
		return err;
	while (at < end) {
		const unsigned width = width_to_write(dev, at, end);

		write_field(&dev->device, at, width, in + (at - offset));
		at += width;
	}
	return vpci_check_alive(dev);
}

uint32_t vpci_get_config_generation(struct virtio_dev *vdev)
{
	const struct vpci_dev *dev = vpci_dev_of(vdev);

	return dev->gone ? 0 : vpci_read8(&dev->common, COMMON_CONFIG_GENERATION);
}
