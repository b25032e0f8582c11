/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads a device's configuration space as a whole and decodes it by the
 * layout of its type. What it says is the device's word: shown, not trusted.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <virtio-poll/device.h>

#include "config-space.h"

int config_read(struct virtio_dev *vdev, const struct config_layout *layout,
		struct config_bytes *bytes)
{
	int err = -ENODATA;

	memset(bytes, 0, sizeof(*bytes));
	for (const uint16_t *size = layout->sizes; *size; size++) {
		err = virtio_dev_read_dev_config(vdev, 0, bytes->data, *size);
		if (!err) {
			bytes->len = *size;
			return 0;
		}
		memset(bytes->data, 0, sizeof(bytes->data));
		/* Other errors than "it has less" do not get better. HARD-VU-9 */
		if (err != -ENODATA && err != -EINVAL)
			break;
	}
	return err;
}

uint64_t config_number(const struct config_bytes *bytes, unsigned offset, unsigned width)
{
	uint64_t value = 0;

	if (offset + width > bytes->len)
		return 0;
	while (width--)	/* CFG-7 */
		value = value << 8 | bytes->data[offset + width];
	return value;
}

static void report_mac(struct report_node *config, const struct config_field *f,
		       const uint8_t *p)
{
	report_format(config, f->name, "%02x:%02x:%02x:%02x:%02x:%02x", p[0], p[1], p[2], p[3],
		      p[4], p[5]);
}

static void report_field(struct report_node *config, const struct config_field *f,
			 const struct config_bytes *bytes, uint64_t offered)
{
	/* CFG-4: without its feature a field means nothing. */
	if ((f->features && !(f->features & offered)) || f->offset + f->width > bytes->len)
		report_null(config, f->name, NULL);
	else if (f->kind == CONFIG_MAC)
		report_mac(config, f, bytes->data + f->offset);
	else if (f->kind == CONFIG_TEXT)
		report_format(config, f->name, "%.*s", (int)f->width,
			      (const char *)bytes->data + f->offset);
	else
		report_uint(config, f->name, config_number(bytes, f->offset, f->width));
}

void config_report(struct report_node *parent, const struct config_layout *layout,
		   const struct config_bytes *bytes, uint64_t offered)
{
	struct report_node *config = report_object(parent, "config");

	for (const struct config_field *f = layout->fields; f->name; f++)
		report_field(config, f, bytes, offered);
}
