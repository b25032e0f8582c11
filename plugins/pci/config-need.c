/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See config-need.h. Where the last field of each feature ends: VIRTIO 1.3, the
 * "device configuration layout" sections of 5.1 to 5.13 (HARD-CFG-2).
 */
#include "config.h"

#include <stddef.h>

#include <virtio-poll/backend.h>

#include "config-need.h"

static const struct need {
	uint8_t type;
	uint8_t bit;
	uint8_t end;
} needs[] = {
	/* MAC, STATUS, MQ, MTU, SPEED_DUPLEX, HASH_REPORT, RSS */
	{ VIRTIO_ID_NET, 5, 6 }, { VIRTIO_ID_NET, 16, 8 }, { VIRTIO_ID_NET, 22, 10 },
	{ VIRTIO_ID_NET, 3, 12 }, { VIRTIO_ID_NET, 63, 17 }, { VIRTIO_ID_NET, 57, 24 },
	{ VIRTIO_ID_NET, 60, 24 },
	/* SIZE_MAX, SEG_MAX, GEOMETRY, BLK_SIZE, TOPOLOGY, CONFIG_WCE, MQ, DISCARD,
	 * WRITE_ZEROES, SECURE_ERASE, ZONED */
	{ VIRTIO_ID_BLOCK, 1, 12 }, { VIRTIO_ID_BLOCK, 2, 16 }, { VIRTIO_ID_BLOCK, 4, 20 },
	{ VIRTIO_ID_BLOCK, 6, 24 }, { VIRTIO_ID_BLOCK, 10, 32 }, { VIRTIO_ID_BLOCK, 11, 33 },
	{ VIRTIO_ID_BLOCK, 12, 36 }, { VIRTIO_ID_BLOCK, 13, 48 }, { VIRTIO_ID_BLOCK, 14, 57 },
	{ VIRTIO_ID_BLOCK, 16, 72 }, { VIRTIO_ID_BLOCK, 17, 93 },
	/* SIZE, MULTIPORT, EMERG_WRITE */
	{ VIRTIO_ID_CONSOLE, 0, 4 }, { VIRTIO_ID_CONSOLE, 1, 8 }, { VIRTIO_ID_CONSOLE, 2, 12 },
	/* FREE_PAGE_HINT, PAGE_POISON */
	{ VIRTIO_ID_BALLOON, 3, 12 }, { VIRTIO_ID_BALLOON, 4, 16 },
	/* INPUT_RANGE, DOMAIN_RANGE, PROBE, BYPASS_CONFIG */
	{ VIRTIO_ID_IOMMU, 0, 24 }, { VIRTIO_ID_IOMMU, 1, 32 }, { VIRTIO_ID_IOMMU, 4, 36 },
	{ VIRTIO_ID_IOMMU, 6, 37 },
	/* NOTIFICATION */
	{ VIRTIO_ID_FS, 0, 44 },
};

uint64_t vpci_config_supports(uint16_t type, uint64_t offered, uint64_t length)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].type == type && needs[i].end > length)
			offered &= ~(1ull << needs[i].bit);
	return offered;
}
