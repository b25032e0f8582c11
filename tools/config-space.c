/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads a device's configuration space as a whole and decodes it by the
 * layout of its type. What it says is the device's word: shown, not trusted.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/virtio_ids.h>

#include <virtio-poll/device.h>

#include "config-space.h"
#include "config-words.h"
#include "report-text.h"

#define MEANING_SIZE 640	/* 64 flags without a name: "bit 63, " */

/* The tag of 9p: as long as the device says, as far as there is room. */
static void read_on(struct virtio_dev *vdev, const struct config_layout *layout,
		    struct config_bytes *bytes)
{
	uint64_t len = config_number(bytes, 0, 2);

	if (layout->type != VIRTIO_ID_9P || !len)
		return;
	if (len > CONFIG_MAX - 2)
		len = CONFIG_MAX - 2;
	if (!virtio_dev_read_dev_config(vdev, 2, bytes->data + 2, (int)len))
		bytes->len = (uint16_t)(2 + len);
}

int config_read(struct virtio_dev *vdev, const struct config_layout *layout,
		struct config_bytes *bytes)
{
	int err = -ENODATA;

	memset(bytes, 0, sizeof(*bytes));
	for (const uint16_t *size = layout->sizes; *size; size++) {
		err = virtio_dev_read_dev_config(vdev, 0, bytes->data, *size);
		if (!err) {
			bytes->len = *size;
			read_on(vdev, layout, bytes);
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

static void report_text(struct report_node *config, const struct config_field *f,
			const struct config_bytes *bytes)
{
	unsigned there = bytes->len - f->offset;

	report_format(config, f->name, "%.*s", (int)(there < f->width ? there : f->width),
		      (const char *)bytes->data + f->offset);
}

static const char *find_word(const struct config_word *words, uint64_t number)
{
	for (; words && words->text; words++)
		if (words->number == number)
			return words->text;
	return NULL;
}

/* The flags that are set, by name; one without a name by its number. */
static void name_bits(const struct config_field *f, uint64_t value, char text[MEANING_SIZE])
{
	size_t len = 0;

	snprintf(text, MEANING_SIZE, "none set");
	for (unsigned bit = 0; bit < 64 && len < MEANING_SIZE; bit++) {
		const char *word = find_word(f->words, bit);
		char number[16];

		if (!(value >> bit & 1))
			continue;
		snprintf(number, sizeof(number), "bit %u", bit);
		len += (size_t)snprintf(text + len, MEANING_SIZE - len, "%s%s",
					len ? ", " : "", word ? word : number);
	}
}

static void name_bytes(const struct config_field *f, uint64_t value, char text[MEANING_SIZE])
{
	uint64_t bytes;

	if (__builtin_mul_overflow(value, (uint64_t)f->bytes, &bytes))
		snprintf(text, MEANING_SIZE, "times %u bytes", f->bytes);
	else if (f->bytes == 1 && value < 1024)
		snprintf(text, MEANING_SIZE, "bytes");
	else
		text_of_bytes(bytes, text, MEANING_SIZE);
}

void config_put_number(struct report_node *config, const struct config_field *f, uint64_t value)
{
	const char *word = find_word(f->words, value);
	char text[MEANING_SIZE] = "";

	if (f->kind == CONFIG_BITS)
		name_bits(f, value, text);
	else if (word)
		snprintf(text, sizeof(text), "%s", word);
	else if (f->unit)
		snprintf(text, sizeof(text), "%s", f->unit);
	else if (f->words)
		snprintf(text, sizeof(text), "not defined");
	else if (f->bytes)
		name_bytes(f, value, text);
	report_meaning(config, f->name, value, f->kind == CONFIG_HEX ? UNIT_HEX : UNIT_NONE,
		       *text ? text : NULL);
}

/* How much of the field there has to be: a text may be cut short. */
static unsigned needed(const struct config_field *f)
{
	return f->kind == CONFIG_TEXT ? 1 : f->width;
}

static void report_field(struct report_node *config, const struct config_field *f,
			 const struct config_bytes *bytes, uint64_t offered)
{
	/* CFG-4: without its feature a field means nothing. */
	if ((f->features && !(f->features & offered)) || f->offset + needed(f) > bytes->len)
		report_null(config, f->name, NULL);
	else if (f->kind == CONFIG_MAC)
		report_mac(config, f, bytes->data + f->offset);
	else if (f->kind == CONFIG_TEXT)
		report_text(config, f, bytes);
	else
		config_put_number(config, f, config_number(bytes, f->offset, f->width));
}

void config_report(struct report_node *parent, const struct config_layout *layout,
		   const struct config_bytes *bytes, uint64_t offered)
{
	struct report_node *config = report_object(parent, "config");

	report_expect_meanings(config);
	for (const struct config_field *f = layout->fields; f->name; f++)
		report_field(config, f, bytes, offered);
}
