/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An array of objects as a table: a column for each member of the first, the
 * last one broken into lines where the screen ends.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "report-text.h"

#define MAX_COLUMNS 16
#define COLUMN_GAP 2
/* What the last column needs to be readable beside the others. */
#define LAST_COLUMN_MIN 20
/* Where it begins on lines of its own. */
#define LAST_COLUMN_INDENT 4

struct column {
	const char *name;
	char title[CELL_SIZE];
	unsigned width;
	bool number;	/* aligned to the right */
};

static const struct report_node *cell(struct report_node *row, const struct column *column)
{
	return report_member(row, column->name);
}

static const char *cell_text(struct report_node *row, const struct column *column,
			     char buf[CELL_SIZE])
{
	const struct report_node *node = cell(row, column);

	return node && !node->untold ? text_of_value(node, buf) : "-";
}

/* Titles that are wider than anything below them. */
static const struct {
	const char *name;
	const char *title;
} short_titles[] = {
	{ "iommu_group", "GROUP" },
	{ "numa_node", "NUMA" },
};

static void set_title(struct column *column, const struct report_node *node)
{
	column->name = node->name;
	text_of_name(node, column->title);
	for (char *p = column->title; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	for (unsigned i = 0; i < sizeof(short_titles) / sizeof(*short_titles); i++)
		if (!strcmp(short_titles[i].name, node->name))
			strcpy(column->title, short_titles[i].title);
	column->width = (unsigned)strlen(column->title);
}

static void measure(struct column *column, const struct report_node *array)
{
	for (struct report_node *row = array->first; row; row = row->next) {
		const struct report_node *node = cell(row, column);
		char buf[CELL_SIZE];
		size_t len = strlen(cell_text(row, column, buf));

		if (node && node->kind == NODE_UINT)
			column->number = true;
		if (len > column->width)
			column->width = (unsigned)len;
	}
}

/* How many columns; 0 if this is nothing for a table. */
static unsigned find_columns(const struct report_node *array, struct column *columns)
{
	unsigned n = 0;

	for (const struct report_node *row = array->first; row; row = row->next)
		for (const struct report_node *node = row->first; node; node = node->next)
			if (row->kind != NODE_OBJECT || node_is_group(node))
				return 0;
	for (const struct report_node *node = array->first->first; node; node = node->next) {
		if (n == MAX_COLUMNS)
			return 0;
		set_title(&columns[n], node);
		measure(&columns[n++], array);
	}
	return n;
}

/* Where the last column begins. */
static unsigned last_column_at(const struct column *columns, unsigned n, unsigned indent)
{
	unsigned at = indent;

	for (unsigned i = 0; i + 1 < n; i++)
		at += columns[i].width + COLUMN_GAP;
	return at;
}

static const char *text_in(struct report_node *row, const struct column *column,
			   char buf[CELL_SIZE])
{
	return row ? cell_text(row, column, buf) : column->title;
}

static void put_last(struct report_node *row, const struct column *column, unsigned at)
{
	char buf[CELL_SIZE];
	const char *text = text_in(row, column, buf);
	unsigned fill = column->number ? column->width - (unsigned)strlen(text) : 0;

	printf("%*s", (int)fill, "");
	text_put_wrapped(text, at + fill, at);
}

/* The last column of `rows` rows that say the same, below the others. */
static void put_last_below(const struct report_node *node, unsigned rows, unsigned indent)
{
	char buf[CELL_SIZE], these[CELL_SIZE] = "";

	indent += LAST_COLUMN_INDENT;
	if (rows > 1)
		snprintf(these, sizeof(these), "these %u: ", rows);
	printf("%*s%s", (int)indent, "", these);
	text_put_wrapped(text_of_value(node, buf), indent + (unsigned)strlen(these), indent);
}

/* row NULL is the line of titles. */
static void put_row(struct report_node *row, const struct column *columns, unsigned n,
		    unsigned indent, bool below)
{
	unsigned last = n - 1;

	printf("%*s", (int)indent, "");
	for (unsigned i = 0; i < last; i++) {
		char buf[CELL_SIZE];
		int width = (int)columns[i].width;
		bool ends_line = below && i + 1 == last;

		if (!columns[i].number)
			width = ends_line ? 0 : -width;
		if (row && !i)
			text_put_result(text_in(row, &columns[i], buf), width);
		else
			text_put_padded(text_in(row, &columns[i], buf), width);
		printf("%*s", ends_line ? 0 : COLUMN_GAP, "");
	}
	if (!below) {
		put_last(row, &columns[last], last_column_at(columns, n, indent));
		return;
	}
	putchar('\n');
}

/* The rows, and below each run of rows that end in the same words, these. */
static void put_rows(const struct report_node *array, const struct column *columns, unsigned n,
		     unsigned indent, bool below)
{
	unsigned run = 0;

	for (struct report_node *row = array->first; row; row = row->next) {
		const struct report_node *node = cell(row, &columns[n - 1]);
		char buf[CELL_SIZE], other[CELL_SIZE];

		put_row(row, columns, n, indent, below);
		run++;
		if (!below || !node || (row->next &&
					!strcmp(cell_text(row, &columns[n - 1], buf),
						cell_text(row->next, &columns[n - 1], other))))
			continue;
		if (node->kind != NODE_NULL && !node->untold)
			put_last_below(node, run, indent);
		run = 0;
	}
}

/* The last column holds remarks; without any it is left away. */
static bool says_nothing(const struct report_node *array, const struct column *column)
{
	for (struct report_node *row = array->first; row; row = row->next) {
		const struct report_node *node = cell(row, column);

		if (node && node->kind != NODE_NULL && !node->untold)
			return false;
	}
	return true;
}

bool text_put_table(const struct report_node *array, unsigned indent)
{
	struct column columns[MAX_COLUMNS] = { { .name = NULL } };
	unsigned n = find_columns(array, columns);
	unsigned at;
	bool below;

	if (n > 1 && says_nothing(array, &columns[n - 1]))
		n--;
	at = n ? last_column_at(columns, n, indent) : 0;
	if (!n || at > TEXT_WIDTH + COLUMN_GAP)
		return false;
	below = at + columns[n - 1].width > TEXT_WIDTH && at + LAST_COLUMN_MIN > TEXT_WIDTH;
	put_row(NULL, columns, n, indent, below);
	put_rows(array, columns, n, indent, below);
	return true;
}
