/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Findings as text: a line each, "PASS  what  finding", and how to mend it on a
 * line of its own.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "report-text.h"

#define GAP 2
#define MEND "fix: "
/* A subject that is longer has the line to itself. */
#define SUBJECT_MAX 20

static const char *text_at(struct report_node *row, unsigned column)
{
	const struct report_node *node = row->first;

	while (node && column--)
		node = node->next;
	return node && node->kind == NODE_STRING && node->string ? node->string : "";
}

static unsigned widest(const struct report_node *array, unsigned column)
{
	unsigned width = 0;

	for (struct report_node *row = array->first; row; row = row->next) {
		unsigned len = (unsigned)strlen(text_at(row, column));

		if (len > width && len <= SUBJECT_MAX)
			width = len;
	}
	return width;
}

void text_put_checks(const struct report_node *array, unsigned indent)
{
	unsigned first = widest(array, 0), second = widest(array, 1);
	unsigned at = indent + first + GAP + second + GAP;

	for (struct report_node *row = array->first; row; row = row->next) {
		printf("%*s", (int)indent, "");
		text_put_result(text_at(row, 0), -(int)(first + GAP));
		text_put_padded(text_at(row, 1), -(int)(second + GAP));
		if (strlen(text_at(row, 1)) > second)
			printf("\n%*s", (int)at, "");
		text_put_wrapped(text_at(row, 2), at, at);
		if (!*text_at(row, 3))
			continue;
		printf("%*s" MEND, (int)at, "");
		text_put_wrapped(text_at(row, 3), at + sizeof(MEND) - 1,
				 at + (unsigned)sizeof(MEND) - 1);
	}
}
