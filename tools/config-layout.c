/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration structures of the device types, one row per field.
 * VIRTIO 1.3, section 5, "Device configuration layout" of each type. Constant
 * tables; write-only registers are left out.
 */
#include "config.h"

#include <stddef.h>

#include <linux/virtio_ids.h>

#include "config-space.h"
#include "config-words.h"

#define BIT(n) (UINT64_C(1) << (n))

#define FIELD(name, offset, width, kind, features) \
	{ name, offset, width, kind, features, 0, NULL, NULL }
#define NUMBER(name, offset, width, features) \
	FIELD(name, offset, width, CONFIG_NUMBER, features)
#define HEX(name, offset, width, features) FIELD(name, offset, width, CONFIG_HEX, features)
/* A number of things of so many bytes each. */
#define BYTES(name, offset, width, features, size_of_one) \
	{ name, offset, width, CONFIG_NUMBER, features, size_of_one, NULL, NULL }
#define WORD(name, offset, width, features, words) \
	{ name, offset, width, CONFIG_NUMBER, features, 0, words, NULL }
#define BITS(name, offset, width, features, words) \
	{ name, offset, width, CONFIG_BITS, features, 0, words, NULL }
/* A number of something else. */
#define COUNT(name, offset, width, features, words, unit) \
	{ name, offset, width, CONFIG_NUMBER, features, 0, words, unit }
#define END { NULL, 0, 0, CONFIG_NUMBER, 0, 0, NULL, NULL }

#define SECTOR 512
#define BALLOON_PAGE 4096
#define RPMB_UNIT (128 * 1024)
#define RPMB_BLOCK 256

/* SPEED_DUPLEX, HASH_REPORT, RSS, HASH_TUNNEL */
#define NET_SPEED BIT(63)
#define NET_RSS BIT(60)
#define NET_HASH (BIT(57) | BIT(60))
#define NET_TUNNEL BIT(51)

static const struct config_field network_fields[] = {
	FIELD("mac", 0, 6, CONFIG_MAC, BIT(5)),
	BITS("status", 6, 2, BIT(16), words_net_status),
	NUMBER("max_virtqueue_pairs", 8, 2, BIT(22) | BIT(60)),
	BYTES("mtu", 10, 2, BIT(3), 1),
	COUNT("speed", 12, 4, NET_SPEED, words_net_speed, "Mbit/s"),
	WORD("duplex", 16, 1, NET_SPEED, words_net_duplex),
	BYTES("rss_max_key_size", 17, 1, NET_HASH, 1),
	NUMBER("rss_max_indirection_table_length", 18, 2, NET_RSS),
	BITS("supported_hash_types", 20, 4, NET_HASH, words_net_hash),
	BITS("supported_tunnel_types", 24, 4, NET_TUNNEL, words_net_tunnel),
	END
};
static const uint16_t network_sizes[] = { 28, 24, 17, 12, 10, 8, 6, 0 };

static const struct config_field block_fields[] = {
	BYTES("capacity", 0, 8, 0, SECTOR),
	BYTES("size_max", 8, 4, BIT(1), 1),
	NUMBER("seg_max", 12, 4, BIT(2)),
	NUMBER("geometry_cylinders", 16, 2, BIT(4)),
	NUMBER("geometry_heads", 18, 1, BIT(4)),
	NUMBER("geometry_sectors", 19, 1, BIT(4)),
	BYTES("blk_size", 20, 4, BIT(6), 1),
	COUNT("physical_block_exp", 24, 1, BIT(10), NULL, "logical blocks, as power of 2"),
	COUNT("alignment_offset", 25, 1, BIT(10), NULL, "logical blocks"),
	COUNT("min_io_size", 26, 2, BIT(10), NULL, "logical blocks"),
	COUNT("opt_io_size", 28, 4, BIT(10), NULL, "logical blocks"),
	WORD("writeback", 32, 1, BIT(11), words_blk_cache),
	NUMBER("num_queues", 34, 2, BIT(12)),
	BYTES("max_discard_sectors", 36, 4, BIT(13), SECTOR),
	NUMBER("max_discard_seg", 40, 4, BIT(13)),
	BYTES("discard_sector_alignment", 44, 4, BIT(13), SECTOR),
	BYTES("max_write_zeroes_sectors", 48, 4, BIT(14), SECTOR),
	NUMBER("max_write_zeroes_seg", 52, 4, BIT(14)),
	WORD("write_zeroes_may_unmap", 56, 1, BIT(14), words_off_on),
	BYTES("max_secure_erase_sectors", 60, 4, BIT(16), SECTOR),
	NUMBER("max_secure_erase_seg", 64, 4, BIT(16)),
	BYTES("secure_erase_sector_alignment", 68, 4, BIT(16), SECTOR),
	BYTES("zone_sectors", 72, 4, BIT(17), SECTOR),
	NUMBER("max_open_zones", 76, 4, BIT(17)),
	NUMBER("max_active_zones", 80, 4, BIT(17)),
	BYTES("max_append_sectors", 84, 4, BIT(17), SECTOR),
	BYTES("write_granularity", 88, 4, BIT(17), 1),
	WORD("zoned_model", 92, 1, BIT(17), words_blk_zoned),
	END
};
static const uint16_t block_sizes[] = {
	96,	/* zoned devices */
	72,	/* secure erase */
	60,	/* write zeroes, with its padding */
	57,
	48,	/* discard */
	36,	/* multiqueue */
	33,	/* cache mode */
	32,	/* topology */
	24,	/* block size */
	20,	/* geometry */
	16,	/* limits of a request */
	12,
	8,	/* capacity alone */
	0
};

static const struct config_field console_fields[] = {
	NUMBER("cols", 0, 2, BIT(0)),
	NUMBER("rows", 2, 2, BIT(0)),
	NUMBER("max_nr_ports", 4, 4, BIT(1)),
	END
};
static const uint16_t console_sizes[] = { 12, 8, 4, 0 };

static const struct config_field balloon_fields[] = {
	BYTES("num_pages", 0, 4, 0, BALLOON_PAGE),
	BYTES("actual", 4, 4, 0, BALLOON_PAGE),
	NUMBER("free_page_hint_cmd_id", 8, 4, BIT(3)),
	HEX("poison_val", 12, 4, BIT(4)),
	END
};
static const uint16_t balloon_sizes[] = { 16, 12, 8, 0 };

static const struct config_field scsi_fields[] = {
	NUMBER("num_queues", 0, 4, 0),
	NUMBER("seg_max", 4, 4, 0),
	BYTES("max_sectors", 8, 4, 0, SECTOR),
	NUMBER("cmd_per_lun", 12, 4, 0),
	BYTES("event_info_size", 16, 4, 0, 1),
	BYTES("sense_size", 20, 4, 0, 1),
	BYTES("cdb_size", 24, 4, 0, 1),
	NUMBER("max_channel", 28, 2, 0),
	NUMBER("max_target", 30, 2, 0),
	NUMBER("max_lun", 32, 4, 0),
	END
};
static const uint16_t scsi_sizes[] = { 36, 0 };

/* The tag has the length that stands before it: config-space.c reads on. */
static const struct config_field p9_fields[] = {
	BYTES("tag_len", 0, 2, BIT(0), 1),
	FIELD("tag", 2, CONFIG_MAX - 2, CONFIG_TEXT, BIT(0)),
	END
};
static const uint16_t p9_sizes[] = { 2, 0 };

static const struct config_field gpu_fields[] = {
	BITS("events_read", 0, 4, 0, words_gpu_events),
	NUMBER("num_scanouts", 8, 4, 0),
	NUMBER("num_capsets", 12, 4, 0),
	END
};
static const uint16_t gpu_sizes[] = { 16, 12, 0 };

static const struct config_field input_fields[] = {
	WORD("select", 0, 1, 0, words_input_select),
	NUMBER("subsel", 1, 1, 0),
	NUMBER("size", 2, 1, 0),
	END
};
static const uint16_t input_sizes[] = { 136, 8, 0 };

static const struct config_field socket_fields[] = {
	NUMBER("guest_cid", 0, 8, 0),
	END
};
static const uint16_t socket_sizes[] = { 8, 0 };

static const struct config_field crypto_fields[] = {
	BITS("status", 0, 4, 0, words_crypto_status),
	NUMBER("max_dataqueues", 4, 4, 0),
	BITS("crypto_services", 8, 4, 0, words_crypto_service),
	BITS("cipher_algo_l", 12, 4, 0, words_crypto_cipher),
	NUMBER("cipher_algo_h", 16, 4, 0),
	BITS("hash_algo", 20, 4, 0, words_crypto_hash),
	BITS("mac_algo_l", 24, 4, 0, words_crypto_mac_l),
	BITS("mac_algo_h", 28, 4, 0, words_crypto_mac_h),
	BITS("aead_algo", 32, 4, 0, words_crypto_aead),
	BYTES("max_cipher_key_len", 36, 4, 0, 1),
	BYTES("max_auth_key_len", 40, 4, 0, 1),
	BITS("akcipher_algo", 44, 4, 0, words_crypto_akcipher),
	BYTES("max_size", 48, 8, 0, 1),
	END
};
static const uint16_t crypto_sizes[] = { 56, 0 };

static const struct config_field iommu_fields[] = {
	HEX("page_size_mask", 0, 8, 0),
	HEX("input_range_start", 8, 8, BIT(0)),
	HEX("input_range_end", 16, 8, BIT(0)),
	NUMBER("domain_range_start", 24, 4, BIT(1)),
	NUMBER("domain_range_end", 28, 4, BIT(1)),
	BYTES("probe_size", 32, 4, BIT(4), 1),
	WORD("bypass", 36, 1, BIT(6), words_off_on),
	END
};
static const uint16_t iommu_sizes[] = { 40, 36, 0 };

static const struct config_field memory_fields[] = {
	BYTES("block_size", 0, 8, 0, 1),
	NUMBER("node_id", 8, 2, BIT(0)),
	HEX("addr", 16, 8, 0),
	BYTES("region_size", 24, 8, 0, 1),
	BYTES("usable_region_size", 32, 8, 0, 1),
	BYTES("plugged_size", 40, 8, 0, 1),
	BYTES("requested_size", 48, 8, 0, 1),
	END
};
static const uint16_t memory_sizes[] = { 56, 0 };

static const struct config_field sound_fields[] = {
	NUMBER("jacks", 0, 4, 0),
	NUMBER("streams", 4, 4, 0),
	NUMBER("chmaps", 8, 4, 0),
	NUMBER("controls", 12, 4, BIT(0)),
	END
};
static const uint16_t sound_sizes[] = { 16, 12, 0 };

static const struct config_field fs_fields[] = {
	FIELD("tag", 0, 36, CONFIG_TEXT, 0),
	NUMBER("num_request_queues", 36, 4, 0),
	BYTES("notify_buf_size", 40, 4, BIT(0), 1),
	END
};
static const uint16_t fs_sizes[] = { 44, 40, 0 };

static const struct config_field pmem_fields[] = {
	HEX("start", 0, 8, 0),
	BYTES("size", 8, 8, 0, 1),
	END
};
static const uint16_t pmem_sizes[] = { 16, 0 };

static const struct config_field rpmb_fields[] = {
	BYTES("capacity", 0, 1, 0, RPMB_UNIT),
	BYTES("max_wr_cnt", 1, 1, 0, RPMB_BLOCK),
	BYTES("max_rd_cnt", 2, 1, 0, RPMB_BLOCK),
	END
};
static const uint16_t rpmb_sizes[] = { 3, 0 };

static const struct config_field video_fields[] = {
	NUMBER("version", 0, 4, 0),
	NUMBER("max_caps_length", 4, 4, 0),
	NUMBER("max_resp_length", 8, 4, 0),
	END
};
static const uint16_t video_sizes[] = { 12, 0 };

static const struct config_field gpio_fields[] = {
	NUMBER("ngpio", 0, 2, 0),
	BYTES("gpio_names_size", 4, 4, 0, 1),
	END
};
static const uint16_t gpio_sizes[] = { 8, 0 };

static const struct config_layout layouts[] = {
	{ VIRTIO_ID_NET, network_fields, network_sizes },
	{ VIRTIO_ID_BLOCK, block_fields, block_sizes },
	{ VIRTIO_ID_CONSOLE, console_fields, console_sizes },
	{ VIRTIO_ID_BALLOON, balloon_fields, balloon_sizes },
	{ VIRTIO_ID_SCSI, scsi_fields, scsi_sizes },
	{ VIRTIO_ID_9P, p9_fields, p9_sizes },
	{ VIRTIO_ID_GPU, gpu_fields, gpu_sizes },
	{ VIRTIO_ID_INPUT, input_fields, input_sizes },
	{ VIRTIO_ID_VSOCK, socket_fields, socket_sizes },
	{ VIRTIO_ID_CRYPTO, crypto_fields, crypto_sizes },
	{ VIRTIO_ID_IOMMU, iommu_fields, iommu_sizes },
	{ VIRTIO_ID_MEM, memory_fields, memory_sizes },
	{ VIRTIO_ID_SOUND, sound_fields, sound_sizes },
	{ VIRTIO_ID_FS, fs_fields, fs_sizes },
	{ VIRTIO_ID_PMEM, pmem_fields, pmem_sizes },
	{ VIRTIO_ID_RPMB, rpmb_fields, rpmb_sizes },
	{ VIRTIO_ID_VIDEO_ENCODER, video_fields, video_sizes },
	{ VIRTIO_ID_VIDEO_DECODER, video_fields, video_sizes },
	{ VIRTIO_ID_GPIO, gpio_fields, gpio_sizes },
};

/* Types whose section of the specification says that there is none. */
static const uint16_t without_config[] = {
	VIRTIO_ID_RNG, VIRTIO_ID_SCMI, VIRTIO_ID_I2C_ADAPTER,
};

const char *config_layout_absent(uint16_t type)
{
	for (unsigned i = 0; i < sizeof(without_config) / sizeof(*without_config); i++)
		if (without_config[i] == type)
			return "devices of this type have no configuration space";
	return type ? "the specification gives no layout for this type"
		    : "what it means depends on the type";
}

const struct config_layout *config_layout_find(uint16_t type)
{
	for (unsigned i = 0; i < sizeof(layouts) / sizeof(*layouts); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return NULL;
}
