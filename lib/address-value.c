/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The values of an address's options: numbers, sizes, booleans, feature lists.
 *
 * Pure: text in, value or error sentence out. Locale has no say, signs and
 * spaces are refused, overflow is noticed. address.c is the only caller.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/names.h>

#include "address-value.h"

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Reads a number, hexadecimal after 0x, and returns what follows; NULL if there is none. */
static const char *read_number(const char *s, uint64_t *value)
{
	unsigned base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	const char *start = base == 16 ? s + 2 : s;
	uint64_t sum = 0;

	for (s = start; digit_of(*s) < (int)base; s++)
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, (unsigned)digit_of(*s), &sum))
			return NULL;
	*value = sum;
	return s > start ? s : NULL;
}

int value_uint(const char *key, const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	uint64_t number;
	const char *rest = read_number(text, &number);

	if (!rest || *rest || number < min || number > max)
		return virtio_set_error(EINVAL, "%s=%s: a number from %" PRIu64 " to %" PRIu64
					" is needed", key, text, min, max);
	*value = number;
	return 1;
}

/* The unit at s as a shift; -1 if there is something else. */
static int read_unit(const char *s)
{
	static const char units[] = "KMGT";
	const char *unit;

	if (*s == '\0')
		return 0;
	/* Upper case of a letter; what becomes one of the four otherwise is none. */
	unit = strchr(units, *s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
	return unit && s[1] == '\0' ? 10 * (int)(unit - units + 1) : -1;
}

int value_size(const char *key, const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	uint64_t size = 0;
	const char *rest = read_number(text, &size);
	int shift = rest ? read_unit(rest) : -1;

	if (shift < 0 || size > UINT64_MAX >> shift || size << shift < min || size << shift > max)
		return virtio_set_error(EINVAL, "%s=%s: a size from %" PRIu64 " to %" PRIu64
					" bytes is needed, K, M, G or T may follow the number",
					key, text, min, max);
	*value = size << shift;
	return 1;
}

int value_bool(const char *key, const char *text, bool *value)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{ "on", true }, { "off", false }, { "yes", true }, { "no", false },
		{ "true", true }, { "false", false }, { "1", true }, { "0", false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].text, text) == 0) {
			*value = words[i].value;
			return 1;
		}
	}
	return virtio_set_error(EINVAL, "%s=%s: on or off is needed", key, text);
}

/* One item of a list: 0x and digits, or a feature's name. */
static int read_feature(const char *key, const char *item, uint64_t *bits)
{
	const char *rest;
	int bit;

	if (item[0] == '0' && (item[1] == 'x' || item[1] == 'X')) {
		rest = read_number(item, bits);
		if (rest && *rest == '\0')
			return 0;
		return virtio_set_error(EINVAL, "%s=%s: up to 16 hexadecimal digits follow 0x",
					key, item);
	}
	bit = virtio_feature_bit(item);
	if (bit < 0)
		return virtio_set_error(EINVAL, "%s=%s: no feature has this name; names are "
					"those of the specification, as VIRTIO_BLK_F_MQ or "
					"BLK_F_MQ, joined with +, or 0x and digits", key, item);
	if (bit > 63)
		return virtio_set_error(EINVAL, "%s=%s: this is bit %d, and bits above 63 are not "
					"supported", key, item, bit);
	*bits = UINT64_C(1) << bit;
	return 0;
}

int value_features(const char *key, const char *text, uint64_t *value)
{
	uint64_t sum = 0;

	for (;;) {
		char item[64];
		uint64_t bits = 0;
		size_t len = strcspn(text, "+");
		int err;

		if (len >= sizeof(item))
			return virtio_set_error(EINVAL, "%s=%s: no feature has a name of %zu bytes",
						key, text, len);
		memcpy(item, text, len);
		item[len] = '\0';
		err = read_feature(key, item, &bits);
		if (err)
			return err;
		sum |= bits;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	*value = sum;
	return 1;
}
