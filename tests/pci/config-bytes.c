/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Puts configuration spaces together, byte by byte; nothing here knows the
 * parser's constants beyond those of its header.
 */
#include "config.h"

#include <string.h>

#include "config-bytes.h"

#define ID_VENDOR	0x09
#define ID_MSIX		0x11

void config_put16(struct config_bytes *c, unsigned at, uint16_t value)
{
	c->bytes[at] = (uint8_t)value;
	c->bytes[at + 1] = (uint8_t)(value >> 8);
}

void config_put32(struct config_bytes *c, unsigned at, uint32_t value)
{
	config_put16(c, at, (uint16_t)value);
	config_put16(c, at + 2, (uint16_t)(value >> 16));
}

void config_init(struct config_bytes *c)
{
	memset(c, 0, sizeof(*c));
	config_put16(c, 0x00, 0x1af4);
	config_put16(c, 0x02, 0x1042);
	config_put16(c, 0x06, 0x0010);
	c->bars[1].size = 0x1000;
	c->bars[4].size = 0x4000;
	c->beyond.size = 0x4000;
	c->end = 0x40;
	c->link = 0x34;
}

unsigned config_add(struct config_bytes *c, uint8_t id, uint8_t cap_len)
{
	const unsigned at = c->end;

	c->bytes[c->link] = (uint8_t)at;
	c->bytes[at] = id;
	c->bytes[at + 2] = cap_len;
	c->link = at + 1;
	c->end = (at + cap_len + 3) & ~3u;
	return at;
}

static unsigned add_structure(struct config_bytes *c, uint8_t cap_len, uint8_t type, uint8_t bar,
			      uint32_t offset, uint32_t length)
{
	const unsigned at = config_add(c, ID_VENDOR, cap_len);

	c->bytes[at + 3] = type;
	c->bytes[at + 4] = bar;
	config_put32(c, at + 8, offset);
	config_put32(c, at + 12, length);
	return at;
}

unsigned config_add_virtio(struct config_bytes *c, uint8_t type, uint8_t bar, uint32_t offset,
			   uint32_t length)
{
	return add_structure(c, 16, type, bar, offset, length);
}

unsigned config_add_notify(struct config_bytes *c, uint8_t bar, uint32_t offset, uint32_t length,
			   uint32_t multiplier)
{
	const unsigned at = add_structure(c, 20, VPCI_CAP_NOTIFY, bar, offset, length);

	config_put32(c, at + 16, multiplier);
	return at;
}

unsigned config_add_shm(struct config_bytes *c, uint8_t bar, uint8_t id, uint64_t offset,
			uint64_t length)
{
	const unsigned at = add_structure(c, 24, VPCI_CAP_SHM, bar, (uint32_t)offset,
					  (uint32_t)length);

	c->bytes[at + 5] = id;
	config_put32(c, at + 16, (uint32_t)(offset >> 32));
	config_put32(c, at + 20, (uint32_t)(length >> 32));
	return at;
}

static void add_usual(struct config_bytes *c, uint8_t without)
{
	config_put16(c, config_add(c, ID_MSIX, 12) + 2, 2);
	if (without != VPCI_CAP_ACCESS)
		add_structure(c, 20, VPCI_CAP_ACCESS, 0, 0, 0);
	if (without != VPCI_CAP_NOTIFY)
		config_add_notify(c, 4, 0x3000, 0x1000, 4);
	if (without != VPCI_CAP_DEVICE)
		config_add_virtio(c, VPCI_CAP_DEVICE, 4, 0x2000, 0x1000);
	if (without != VPCI_CAP_ISR)
		config_add_virtio(c, VPCI_CAP_ISR, 4, 0x1000, 0x1000);
	if (without != VPCI_CAP_COMMON)
		config_add_virtio(c, VPCI_CAP_COMMON, 4, 0, 0x1000);
}

void config_usual(struct config_bytes *c)
{
	config_init(c);
	add_usual(c, 0);
}

void config_without(struct config_bytes *c, uint8_t type)
{
	config_init(c);
	add_usual(c, type);
}

int config_parse(const struct config_bytes *c, struct vpci_caps *caps)
{
	return vpci_caps_parse(c->bytes, sizeof(c->bytes), c->bars, caps);
}
