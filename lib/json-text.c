/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sink that turns JSON tokens into text (RFC 8259).
 *
 * Driven by json.c, which has checked the nesting; by itself it only keeps to
 * its own room. Text leaves through the caller's write, piece by piece;
 * nothing is buffered here.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <virtio-poll/json.h>

#include "text.h"

#define MAX_DEPTH 64		/* the bits of `filled` */

static int put(struct virtio_json_text *t, const char *data, size_t len)
{
	return len ? t->write(t->ctx, data, len) : 0;
}

static int put_line_start(struct virtio_json_text *t)
{
	static const char spaces[] = "                                ";
	uint64_t left = (uint64_t)t->depth * t->indent;
	int err = t->indent ? put(t, "\n", 1) : 0;

	while (!err && left > 0) {
		size_t n = left < sizeof(spaces) - 1 ? (size_t)left : sizeof(spaces) - 1;

		err = put(t, spaces, n);
		left -= n;
	}
	return err;
}

/* What goes before an element: nothing after a name, else comma and new line. */
static int put_separator(struct virtio_json_text *t)
{
	uint64_t bit;
	int err = 0;

	if (t->after_name || t->depth == 0) {
		t->after_name = 0;
		return 0;
	}
	bit = UINT64_C(1) << (t->depth - 1);
	if (t->filled & bit)
		err = put(t, ",", 1);
	t->filled |= bit;
	return err ? err : put_line_start(t);
}

static int put_element(struct virtio_json_text *t, const char *text)
{
	int err = put_separator(t);

	return err ? err : put(t, text, strlen(text));
}

static int begin(struct virtio_json_text *t, const char *bracket)
{
	int err = put_element(t, bracket);

	if (err)
		return err;
	if (t->depth >= MAX_DEPTH)
		return -EOVERFLOW;
	t->filled &= ~(UINT64_C(1) << t->depth);
	t->depth++;
	return 0;
}

static int end(struct virtio_json_text *t, const char *bracket)
{
	bool filled;
	int err;

	if (t->depth == 0 || t->depth > MAX_DEPTH)
		return -EINVAL;
	t->depth--;
	filled = t->filled >> t->depth & 1;
	err = filled ? put_line_start(t) : 0;
	return err ? err : put(t, bracket, 1);
}

/* Bytes at s that may stand in a JSON string as they are. */
static size_t plain_len(const char *s)
{
	const char *p = s;

	while ((unsigned char)*p >= 0x20 && *p != '"' && *p != '\\') {
		size_t n = text_utf8_len(p);

		if (n == 0)
			break;
		p += n;
	}
	return (size_t)(p - s);
}

/* The one byte that may not. */
static int put_escaped(struct virtio_json_text *t, unsigned char c)
{
	static const char special[] = "\"\\\b\f\n\r\t";
	static const char letter[] = "\"\\bfnrt";
	const char *found = strchr(special, c);
	char text[8];

	if (c >= 0x80)
		return put(t, "\xef\xbf\xbd", 3);	/* U+FFFD: no UTF-8 */
	if (found)
		snprintf(text, sizeof(text), "\\%c", letter[found - special]);
	else
		snprintf(text, sizeof(text), "\\u%04x", c);
	return put(t, text, strlen(text));
}

static int put_quoted(struct virtio_json_text *t, const char *s)
{
	int err = put(t, "\"", 1);

	while (!err && *s) {
		size_t n = plain_len(s);

		err = put(t, s, n);
		s += n;
		if (!err && *s)
			err = put_escaped(t, (unsigned char)*s++);
	}
	return err ? err : put(t, "\"", 1);
}

static int text_object_begin(void *ctx)
{
	return begin(ctx, "{");
}

static int text_object_end(void *ctx)
{
	return end(ctx, "}");
}

static int text_array_begin(void *ctx)
{
	return begin(ctx, "[");
}

static int text_array_end(void *ctx)
{
	return end(ctx, "]");
}

static int text_name(void *ctx, const char *name)
{
	struct virtio_json_text *t = ctx;
	int err = put_separator(t);

	if (!err)
		err = put_quoted(t, name);
	t->after_name = 1;
	return err ? err : put(t, ": ", t->indent ? 2 : 1);
}

static int text_string(void *ctx, const char *value)
{
	int err = put_separator(ctx);

	return err ? err : put_quoted(ctx, value);
}

static int text_uint64(void *ctx, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return put_element(ctx, text);
}

static int text_boolean(void *ctx, bool value)
{
	return put_element(ctx, value ? "true" : "false");
}

static int text_null(void *ctx)
{
	return put_element(ctx, "null");
}

const struct virtio_json_sink *virtio_json_text_sink(void)
{
	static const struct virtio_json_sink sink = {
		.size = sizeof(struct virtio_json_sink),
		.object_begin = text_object_begin,
		.object_end = text_object_end,
		.array_begin = text_array_begin,
		.array_end = text_array_end,
		.name = text_name,
		.string = text_string,
		.uint64 = text_uint64,
		.boolean = text_boolean,
		.null = text_null,
	};

	return &sink;
}
