/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device configuration space by device type: read as a whole, decoded by the
 * tables of config-layout.c.
 *
 * The library moves raw bytes; what they mean is the tool's business.
 */
#ifndef CONFIG_SPACE_H
#define CONFIG_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

struct config_word;
struct virtio_dev;

/* No type has more, and servers take no larger request (VU-FRAME-11). */
#define CONFIG_MAX 256

enum config_kind {
	CONFIG_NUMBER,	/* little-endian, 1, 2, 4 or 8 bytes */
	CONFIG_HEX,	/* an address or a pattern */
	CONFIG_BITS,	/* a set of flags, which words have names for */
	CONFIG_MAC,
	CONFIG_TEXT,	/* ends with a zero, or with the field */
};

/* One field of a type's structure. */
struct config_field {
	const char *name;
	uint16_t offset;
	uint16_t width;
	enum config_kind kind;
	uint64_t features;	/* valid if one of these is offered; 0: always */
	uint32_t bytes;		/* that one of it stands for; 0: it counts none */
	const struct config_word *words;	/* what values mean, or NULL */
	const char *unit;	/* what any other value counts, or NULL */
};

struct config_layout {
	uint16_t type;			/* VIRTIO_ID_* */
	const struct config_field *fields;	/* ends with a NULL name */
	/* What the structure has measured in its history, the newest first; ends
	 * with 0. A server may refuse to be asked for more than it knows. */
	const uint16_t *sizes;
};

struct config_bytes {
	uint16_t len;		/* that are valid */
	uint8_t data[CONFIG_MAX];
};

/* NULL for a type without a configuration structure. */
const struct config_layout *config_layout_find(uint16_t type);

/* Why there is none, in words. */
const char *config_layout_absent(uint16_t type);

/*
 * Reads the whole structure at once, so that it is consistent (VU-CFG-3),
 * stepping down through its sizes. 0 or the library's error of the last step.
 */
int config_read(struct virtio_dev *vdev, const struct config_layout *layout,
		struct config_bytes *bytes);

/* The number at offset; 0 if the bytes do not reach that far. */
uint64_t config_number(const struct config_bytes *bytes, unsigned offset, unsigned width);

/* A field that is a number as member of config, with what its value means. */
void config_put_number(struct report_node *config, const struct config_field *field,
		       uint64_t value);

/* One member per field of the layout in a new object `config` of parent. */
void config_report(struct report_node *parent, const struct config_layout *layout,
		   const struct config_bytes *bytes, uint64_t offered);

#endif /* CONFIG_SPACE_H */
