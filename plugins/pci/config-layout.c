/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration structures of VIRTIO 1.3, section 5, as field widths:
 * PCI-LAYOUT-1 to -3 hold for them too, so a field of 16 bits is read by one
 * access of 16 bits and not by two of 8 or half of one of 32.
 *
 * Only where a structure has fields narrower than 32 bits is there a row.
 */
#include "config.h"

#include <stddef.h>
#include <virtio-poll/device.h>

#include "config-layout.h"

/* <linux/virtio_ids.h> has had it since 5.17. */
#ifdef VIRTIO_ID_RPMB
#define RPMB VIRTIO_ID_RPMB
#else
#define RPMB 28
#endif

struct layout {
	uint16_t type;
	const char *widths;	/* a digit per field, from offset 0 on; *: bytes to the end */
};

static const struct layout layouts[] = {
	/* mac[6], status, max_virtqueue_pairs, mtu, speed, duplex,
	 * rss_max_key_size, rss_max_indirection_table_length, supported_hash_types,
	 * supported_tunnel_types */
	{ VIRTIO_ID_NET, "1111112224" "11244" },
	/* capacity, size_max, seg_max, geometry (cylinders, heads, sectors),
	 * blk_size, topology (exp, alignment, min_io, opt_io), writeback, unused,
	 * num_queues, then the limits of discard, write zeroes, secure erase, zones */
	{ VIRTIO_ID_BLOCK, "4444" "211" "4" "1124" "112" "444" "44" "1111" "444" "44444" "1111" },
	/* cols, rows, max_nr_ports, emerg_wr */
	{ VIRTIO_ID_CONSOLE, "2244" },
	/* num_queues, seg_max, max_sectors, cmd_per_lun, event_info_size,
	 * sense_size, cdb_size, max_channel, max_target, max_lun */
	{ VIRTIO_ID_SCSI, "4444444" "224" },
	/* tag_len, tag[] */
	{ VIRTIO_ID_9P, "2*" },
	/* select, subsel, size, reserved[5], then a union that is bytes at least */
	{ VIRTIO_ID_INPUT, "*" },
	/* page_size_mask, input_range, domain_range, probe_size, bypass, reserved */
	{ VIRTIO_ID_IOMMU, "44" "4444" "44" "4" "1111" },
	/* block_size, node_id, padding, addr, region_size, usable_region_size,
	 * plugged_size, requested_size */
	{ VIRTIO_ID_MEM, "44" "2111111" "44444444" "44" },
	/* ngpio, padding, gpio_names_size */
	{ VIRTIO_ID_GPIO, "2114" },
	/* capacity, max_wr_cnt, max_rd_cnt */
	{ RPMB, "111" },
	/* tag[36], num_request_queues, notify_buf_size */
	{ VIRTIO_ID_FS, "111111111111" "111111111111" "111111111111" "44" },
};

static const char *find_widths(uint16_t type)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].type == type)
			return layouts[i].widths;
	return "";
}

static unsigned aligned_width(uint32_t at)
{
	if (at % 2)
		return 1;
	return at % 4 ? 2 : 4;
}

unsigned vpci_config_field(uint16_t type, uint32_t at, uint32_t *start)
{
	uint32_t offset = 0;

	for (const char *w = find_widths(type); *w; w++) {
		const unsigned width = *w == '*' ? 1 : (unsigned)(*w - '0');

		if (*w == '*')
			offset = at;
		if (at - offset < width) {
			*start = offset;
			return width;
		}
		offset += width;
	}
	*start = at;
	return aligned_width(at);
}
