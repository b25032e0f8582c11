/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks the capability list of a PCI function. Every byte is the device's
 * word: the walk is bounded, each pointer and length is checked before use.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "pci-config.h"

#define HEADER_SIZE 64
#define SPACE_SIZE 256
#define STATUS 0x06
#define STATUS_CAP_LIST 0x10
#define CAP_POINTER 0x34
#define CAP_ID_VENDOR 9

/* struct virtio_pci_cap and what follows it in two types. */
#define CAP_SIZE 16
#define CAP_NOTIFY_SIZE 20
#define CAP64_SIZE 24

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

const char *pci_cap_name(uint8_t type)
{
	static const char *const names[] = {
		[PCI_CAP_COMMON] = "common",
		[PCI_CAP_NOTIFY] = "notify",
		[PCI_CAP_ISR] = "isr",
		[PCI_CAP_DEVICE] = "device",
		[PCI_CAP_ACCESS] = "pci-access",
		[PCI_CAP_SHARED] = "shared-memory",
		[PCI_CAP_VENDOR] = "vendor",
	};

	return type < sizeof(names) / sizeof(*names) ? names[type] : NULL;
}

/* How much of the capability is read, 0 for nothing: only where it says where
 * a structure lies. PCI-VENDOR-2, PCI-CFGACC-2 */
static unsigned wanted_size(uint8_t type, unsigned length)
{
	if (type == PCI_CAP_ACCESS || type == PCI_CAP_VENDOR || length < CAP_SIZE)
		return 0;
	if (type == PCI_CAP_SHARED)
		return length < CAP64_SIZE ? 0 : CAP64_SIZE;
	if (type == PCI_CAP_NOTIFY)
		return length < CAP_NOTIFY_SIZE ? 0 : CAP_NOTIFY_SIZE;
	return CAP_SIZE;
}

static int read_cap(pci_config_reader read, void *ctx, unsigned at, const uint8_t head[4],
		    struct pci_cap *cap)
{
	unsigned size = wanted_size(head[3], head[2]);
	uint8_t bytes[CAP64_SIZE] = { 0 };
	int err;

	memset(cap, 0, sizeof(*cap));
	cap->type = head[3];
	if (!size || at + size > SPACE_SIZE)
		return 0;
	for (unsigned i = 4; i < size; i += 4) {
		err = read(ctx, at + i, bytes + i, 4);
		if (err)
			return err;
	}
	cap->placed = true;
	cap->bar = bytes[4];
	cap->id = bytes[5];
	cap->offset = get32(bytes + 8);
	cap->length = get32(bytes + 12);
	if (cap->type == PCI_CAP_SHARED) {
		cap->offset |= (uint64_t)get32(bytes + 16) << 32;
		cap->length |= (uint64_t)get32(bytes + 20) << 32;
	}
	if (cap->type == PCI_CAP_NOTIFY)
		cap->multiplier = get32(bytes + 16);
	return 0;
}

int pci_config_walk(pci_config_reader read, void *ctx, struct pci_cap caps[PCI_CAPS_MAX])
{
	uint8_t status = 0, at = 0, head[4];
	int n = 0, err;

	err = read(ctx, STATUS, &status, 1);
	if (!err)
		err = read(ctx, CAP_POINTER, &at, 1);
	if (err)
		return err;
	if (!(status & STATUS_CAP_LIST))
		return 0;
	at &= 0xfc;	/* HARD-CAP-3 */
	for (int steps = 0; at >= HEADER_SIZE && steps < PCI_CAPS_MAX; steps++, at = head[1] & 0xfc) {
		err = read(ctx, at, head, sizeof(head));
		if (!err && head[0] == CAP_ID_VENDOR && pci_cap_name(head[3]))
			err = read_cap(read, ctx, at, head, &caps[n++]);
		if (err)
			return err;
	}
	return n;
}
