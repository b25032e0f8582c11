/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Single facts as text: units, labels, line breaks.
 *
 * Strings may come from a device or a plugin: no control byte of theirs gets
 * to the terminal.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "report-text.h"

#define LONG_WORD_INDENT 4

static void format_none(uint64_t v, char buf[CELL_SIZE])
{
	snprintf(buf, CELL_SIZE, "%" PRIu64, v);
}

static void format_hex(uint64_t v, char buf[CELL_SIZE])
{
	snprintf(buf, CELL_SIZE, "0x%" PRIx64, v);
}

void text_of_bytes(uint64_t v, char *text, size_t size)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double scaled = (double)v;
	unsigned i = 0;

	for (; scaled >= 1024 && i + 1 < sizeof(units) / sizeof(*units); i++)
		scaled /= 1024;
	snprintf(text, size, "%.*f %s", i ? 1 : 0, scaled, units[i]);
}

static void format_bytes(uint64_t v, char buf[CELL_SIZE])
{
	char scaled[CELL_SIZE];

	text_of_bytes(v, scaled, sizeof(scaled));
	if (v < 1024)
		snprintf(buf, CELL_SIZE, "%s", scaled);
	else
		snprintf(buf, CELL_SIZE, "%" PRIu64 " (%.30s)", v, scaled);
}

static void format_rate(uint64_t v, char buf[CELL_SIZE])
{
	snprintf(buf, CELL_SIZE, "%.1f MiB/s", (double)v / (1024 * 1024));
}

static void format_ns(uint64_t v, char buf[CELL_SIZE])
{
	if (v < 1000)
		snprintf(buf, CELL_SIZE, "%" PRIu64 " ns", v);
	else if (v < 1000000)
		snprintf(buf, CELL_SIZE, "%.1f us", (double)v / 1e3);
	else if (v < 1000000000)
		snprintf(buf, CELL_SIZE, "%.1f ms", (double)v / 1e6);
	else
		snprintf(buf, CELL_SIZE, "%.2f s", (double)v / 1e9);
}

static const struct {
	const char *suffix;
	void (*format)(uint64_t v, char buf[CELL_SIZE]);
} units[] = {
	[UNIT_NONE] = { "", format_none },
	[UNIT_BYTES] = { "_bytes", format_bytes },
	[UNIT_RATE] = { "_bytes_per_second", format_rate },
	[UNIT_NS] = { "_ns", format_ns },
	[UNIT_HEX] = { "", format_hex },
};

const char *text_of_value(const struct report_node *node, char buf[CELL_SIZE])
{
	switch (node->kind) {
	case NODE_STRING:
		return node->string;
	case NODE_BOOL:
		return node->number ? "yes" : "no";
	case NODE_UINT:
		units[node->unit].format(node->number, buf);
		return buf;
	default:
		return "-";
	}
}

const char *text_of_name(const struct report_node *node, char buf[CELL_SIZE])
{
	const char *suffix = units[node->unit].suffix;
	size_t len = strlen(node->name), tail = strlen(suffix);

	snprintf(buf, CELL_SIZE, "%s", node->name);
	if (tail && len < CELL_SIZE && len > tail && !strcmp(buf + len - tail, suffix))
		buf[len - tail] = '\0';
	for (char *p = buf; *p; p++)
		if (*p == '_')
			*p = ' ';
	return buf;
}

static void put_bytes(const char *text, size_t len)
{
	bool printable;

	for (size_t i = 0, n; i < len; i += n) {
		n = character_length(text + i, &printable);
		for (size_t k = i; k < i + n && k < len; k++)
			putchar(printable ? text[k] : '?');
	}
}

void text_put_padded(const char *text, int width)
{
	int len = (int)strlen(text);
	int fill = (width < 0 ? -width : width) - len;

	if (width > 0)
		for (int i = 0; i < fill; i++)
			putchar(' ');
	put_bytes(text, (size_t)len);
	if (width < 0)
		for (int i = 0; i < fill; i++)
			putchar(' ');
}

/* A path is not broken, since people copy it: one that is too long for its column
 * begins further to the left. */
static unsigned begin_line(unsigned indent, size_t word)
{
	if (indent + word > TEXT_WIDTH && indent > LONG_WORD_INDENT)
		indent = LONG_WORD_INDENT;
	printf("\n%*s", (int)indent, "");
	return indent;
}

void text_put_wrapped(const char *text, unsigned column, unsigned indent)
{
	bool fresh = true;	/* nothing of the text stands on this line */
	bool first = true;

	while (*text) {
		size_t gap = strspn(text, " ");
		size_t word = strcspn(text + gap, " ");

		if (first ? column > LONG_WORD_INDENT && column + word > TEXT_WIDTH
			  : !fresh && column + gap + word > TEXT_WIDTH) {
			column = begin_line(indent, word);
			fresh = true;
		}
		if (fresh) {
			text += gap;
			gap = 0;
		}
		put_bytes(text, gap + word);
		column += (unsigned)(gap + word);
		text += gap + word;
		fresh = false;
		first = false;
	}
	putchar('\n');
}
