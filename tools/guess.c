/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guesses a device's type by what would be odd for any other: the limits in a
 * block device's configuration space, the two fixed sizes in that of SCSI,
 * the receive buffers of a network device.
 */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include <linux/virtio_ids.h>

#include "config-space.h"
#include "feature-set.h"
#include "guess.h"

#define BIT(n) (UINT64_C(1) << (n))

/* Does the device offer bits that the type does not define? */
static bool has_foreign_bits(uint16_t type, uint64_t offered)
{
	uint64_t own = feature_set_of_type(type);

	for (unsigned bit = 0; bit < 64; bit++)
		if (offered & BIT(bit) && !feature_is_reserved(bit) && !(own & BIT(bit)))
			return true;
	return false;
}

static bool is_power_of_2(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* SEG_MAX (2) or BLK_SIZE (6) come with every block server; what goes with an
 * offered feature has to be a value it can have. */
static bool looks_like_block(const struct config_bytes *c, uint64_t offered)
{
	uint64_t blk_size = config_number(c, 20, 4);

	if (!(offered & (BIT(2) | BIT(6))) || has_foreign_bits(VIRTIO_ID_BLOCK, offered))
		return false;
	if (offered & BIT(2) && !config_number(c, 12, 4))
		return false;
	if (offered & BIT(6) && (!is_power_of_2(blk_size) || blk_size < 512))
		return false;
	return !(offered & BIT(12)) || config_number(c, 34, 2);
}

/* A driver may change these two sizes, the defaults are in the specification. */
static bool looks_like_scsi(const struct config_bytes *c, uint64_t offered)
{
	return config_number(c, 20, 4) == 96 && config_number(c, 24, 4) == 32 &&
	       !has_foreign_bits(VIRTIO_ID_SCSI, offered);
}

/* Mergeable receive buffers and a control queue: no other type has both. */
static bool looks_like_network(const struct config_bytes *c, uint64_t offered)
{
	(void)c;
	return (offered & (BIT(15) | BIT(17))) == (BIT(15) | BIT(17));
}

static const struct {
	uint16_t type;
	bool needs_config;
	bool (*looks_like)(const struct config_bytes *c, uint64_t offered);
} guesses[] = {
	{ VIRTIO_ID_NET, false, looks_like_network },
	{ VIRTIO_ID_SCSI, true, looks_like_scsi },
	{ VIRTIO_ID_BLOCK, true, looks_like_block },
};

uint16_t guess_type(struct virtio_dev *vdev, uint64_t offered, const char *family)
{
	/* It serves nothing else. */
	if (family && !strncmp(family, "virtiofsd", 9))
		return VIRTIO_ID_FS;
	for (unsigned i = 0; i < sizeof(guesses) / sizeof(*guesses); i++) {
		const struct config_layout *layout = config_layout_find(guesses[i].type);
		struct config_bytes c = { .len = 0 };

		if (guesses[i].needs_config && config_read(vdev, layout, &c))
			continue;
		if (guesses[i].looks_like(&c, offered))
			return guesses[i].type;
	}
	return 0;
}
