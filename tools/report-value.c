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

static void format_none(uint64_t v, char buf[CELL_SIZE])
{
	snprintf(buf, CELL_SIZE, "%" PRIu64, v);
}

static void format_hex(uint64_t v, char buf[CELL_SIZE])
{
	snprintf(buf, CELL_SIZE, "0x%" PRIx64, v);
}

/* "1.5 GiB"; 1023 and below exactly. */
static void format_scaled(uint64_t v, char buf[CELL_SIZE])
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double scaled = (double)v;
	unsigned i = 0;

	for (; scaled >= 1024 && i + 1 < sizeof(units) / sizeof(*units); i++)
		scaled /= 1024;
	snprintf(buf, CELL_SIZE, "%.*f %s", i ? 1 : 0, scaled, units[i]);
}

static void format_bytes(uint64_t v, char buf[CELL_SIZE])
{
	char scaled[CELL_SIZE];

	format_scaled(v, scaled);
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
	size_t control = 0;

	for (size_t i = 0; i < len; i++) {
		if (!control)
			control = control_length(text + i);
		putchar(control ? '?' : text[i]);
		if (control)
			control--;
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

void text_put_wrapped(const char *text, unsigned column, unsigned indent)
{
	bool fresh = true;	/* nothing of the text stands on this line */

	while (*text) {
		size_t gap = strspn(text, " ");
		size_t word = strcspn(text + gap, " ");

		if (!fresh && column + gap + word > TEXT_WIDTH) {
			printf("\n%*s", (int)indent, "");
			column = indent;
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
	}
	putchar('\n');
}
