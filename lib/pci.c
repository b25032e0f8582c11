/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI addresses, and the fronts of the `pci` plugin.
 *
 * The address calls are pure. The virtio_pci_dev_* calls check what the
 * program handed in, load the plugin and pass on; nothing of the bus is known
 * here.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/pci.h>

#include "call.h"
#include "open.h"
#include "plugin-loader.h"

#define PCI_ID_FIRST	0x1000	/* PCI device IDs of virtio: VIRTIO 1.3, 4.1.2 */
#define PCI_ID_MODERN	0x1040	/* plus the virtio ID */
#define VIRTIO_ID_LAST	0x3f

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Reads 1 to max_digits hexadecimal digits and the separator `end` after
 * them; returns what follows, or NULL.
 */
static const char *read_hex(const char *s, unsigned max_digits, char end, uint32_t *value)
{
	unsigned n;

	*value = 0;
	for (n = 0; n <= max_digits && hex_digit(s[n]) >= 0; n++)
		*value = *value << 4 | (uint32_t)hex_digit(s[n]);
	if (n == 0 || n > max_digits || s[n] != end)
		return NULL;
	return end ? s + n + 1 : s + n;
}

/* "bus:dev.func" to the end. */
static int read_slot(const char *s, struct virtio_pci_addr *addr)
{
	uint32_t bus, dev, func;

	s = read_hex(s, 2, ':', &bus);
	if (s)
		s = read_hex(s, 2, '.', &dev);
	if (s)
		s = read_hex(s, 1, '\0', &func);
	if (!s || dev > 31 || func > 7)
		return -EINVAL;
	addr->bus = (uint8_t)bus;
	addr->dev = (uint8_t)dev;
	addr->func = (uint8_t)func;
	return 0;
}

static int read_address(const char *s, struct virtio_pci_addr *addr)
{
	addr->domain = 0;
	if (read_slot(s, addr) == 0)
		return 0;
	s = read_hex(s, 8, ':', &addr->domain);
	return s ? read_slot(s, addr) : -EINVAL;
}

int virtio_pci_addr_parse(struct virtio_pci_addr *addr, const char *text)
{
	CALL("virtio_pci_addr_parse", DEFAULT_TIMEOUT_MS);
	struct virtio_pci_addr result;

	if (!addr || !text)
		return virtio_set_error(EINVAL, "%s is NULL", addr ? "text" : "addr");
	if (read_address(text, &result) < 0)
		return virtio_set_error(EINVAL, "\"%s\" is no PCI address: it is "
					"domain:bus:dev.func or bus:dev.func in hexadecimal, dev "
					"up to 1f, func up to 7", text);
	*addr = result;
	return 0;
}

int virtio_pci_addr_format(char *text, size_t size, const struct virtio_pci_addr *addr)
{
	CALL("virtio_pci_addr_format", DEFAULT_TIMEOUT_MS);
	int n;

	if (!addr || (!text && size > 0))
		return virtio_set_error(EINVAL, "%s is NULL", addr ? "text" : "addr");
	n = snprintf(text, size, "%04x:%02x:%02x.%x", addr->domain, addr->bus, addr->dev,
		     addr->func);
	if (n < 0 || (size_t)n >= size)
		return virtio_set_error(ENOSPC, "%zu bytes are too few for %d and a NUL: "
					"VIRTIO_PCI_ADDR_STRLEN do for every address", size, n);
	return 0;
}

static int compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

int virtio_pci_addr_compare(const struct virtio_pci_addr *a, const struct virtio_pci_addr *b)
{
	int order = compare(a->domain, b->domain);

	if (!order)
		order = compare(a->bus, b->bus);
	if (!order)
		order = compare(a->dev, b->dev);
	return order ? order : compare(a->func, b->func);
}

/* PCI-DISC-1, -2: the virtio ID of a virtio or PCI device ID; 0 if it is neither. */
static uint16_t to_virtio_id(uint16_t device_id)
{
	static const struct {
		uint16_t pci_id;
		uint16_t virtio_id;
	} transitional[] = {
		{ 0x1000, 1 }, { 0x1001, 2 }, { 0x1002, 5 }, { 0x1003, 3 },
		{ 0x1004, 8 }, { 0x1005, 4 }, { 0x1009, 9 },
	};

	if (device_id <= VIRTIO_ID_LAST)
		return device_id;
	if (device_id > PCI_ID_MODERN && device_id <= PCI_ID_MODERN + VIRTIO_ID_LAST)
		return device_id - PCI_ID_MODERN;
	for (size_t i = 0; i < sizeof(transitional) / sizeof(transitional[0]); i++)
		if (transitional[i].pci_id == device_id)
			return transitional[i].virtio_id;
	return 0;
}

/* The program's callback, called as the plugin calls. */
struct attach_walk {
	virtio_pci_create_cb cb;
	void *ctx;
};

static int visit(void *device, void *ctx)
{
	const struct attach_walk *walk = ctx;
	struct call_pause pause = call_pause();
	int result = walk->cb(device, walk->ctx);

	call_resume(&pause);
	return result;
}

static int attach(struct attach_walk *walk, uint16_t device_id,
		  const struct virtio_pci_addr *addr)
{
	uint16_t virtio_id = to_virtio_id(device_id);
	const struct plugin *plugin;
	int err;

	if (!walk->cb)
		return virtio_set_error(EINVAL, "the callback is NULL");
	if (!virtio_id)
		return virtio_set_error(EINVAL, "the device ID is 0x%04x: it is a virtio ID (1 to "
					"0x%x) or a PCI ID of virtio (0x%x to 0x%x)", device_id,
					VIRTIO_ID_LAST, PCI_ID_FIRST,
					PCI_ID_MODERN + VIRTIO_ID_LAST);
	err = plugin_find("pci", &plugin);
	if (err)
		return err;
	if (!plugin->backend.attach)
		return virtio_set_error(ENOTSUP, "%s cannot attach devices: install the pci plugin "
					"of this library", plugin->path);
	return plugin->backend.attach(visit, walk, virtio_id, addr);
}

int virtio_pci_dev_enumerate(virtio_pci_create_cb enum_cb, void *enum_ctx, uint16_t device_id)
{
	CALL("virtio_pci_dev_enumerate", DEFAULT_TIMEOUT_MS);
	struct attach_walk walk = { .cb = enum_cb, .ctx = enum_ctx };

	return attach(&walk, device_id, NULL);
}

int virtio_pci_dev_attach(virtio_pci_create_cb create_cb, void *enum_ctx, uint16_t device_id,
			  struct virtio_pci_addr *addr)
{
	CALL("virtio_pci_dev_attach", DEFAULT_TIMEOUT_MS);
	struct attach_walk walk = { .cb = create_cb, .ctx = enum_ctx };

	if (!addr)
		return virtio_set_error(EINVAL, "the address is NULL");
	return attach(&walk, device_id, addr);
}

int virtio_pci_dev_init(struct virtio_dev *vdev, const char *name,
			struct virtio_pci_ctx *pci_ctx)
{
	CALL("virtio_pci_dev_init", DEFAULT_TIMEOUT_MS);
	const struct plugin *plugin;
	int err = open_check(vdev, name);

	if (err)
		return err;
	memset(vdev, 0, sizeof(*vdev));
	if (!pci_ctx)
		return virtio_set_error(EINVAL, "pci_ctx is NULL: it is what a callback of "
					"virtio_pci_dev_enumerate or _attach was given");
	err = plugin_find("pci", &plugin);
	if (err)
		return err;
	if (!plugin->backend.init)
		return virtio_set_error(ENOTSUP, "%s cannot make devices of contexts: install the "
					"pci plugin of this library", plugin->path);
	return open_result(vdev, plugin, plugin->backend.init(vdev, name, pci_ctx));
}
