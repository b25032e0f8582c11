/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How single facts look in the text of a report: numbers with their units,
 * labels, and long lines broken before column 80. Used by report-text.c and
 * report-table.c only.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stddef.h>

#include "report-tree.h"

#define TEXT_WIDTH 80

/* Room for the text of every number. */
#define CELL_SIZE 64

/* The value of a scalar: its own string, or written to buf. */
const char *text_of_value(const struct report_node *node, char buf[CELL_SIZE]);

/* The name without its unit, '_' as ' ', cut to fit. */
const char *text_of_name(const struct report_node *node, char buf[CELL_SIZE]);

/*
 * Prints text from `column` on and ends the line; lines that would pass
 * TEXT_WIDTH are broken at spaces and go on at `indent`.
 */
void text_put_wrapped(const char *text, unsigned column, unsigned indent);

/* Prints text, control bytes as '?', filled up to `width`; negative: to the left. */
void text_put_padded(const char *text, int width);

/* Prints an array of objects as a table, or, if it would be too wide, nothing:
 * returns whether it has. */
bool text_put_table(const struct report_node *array, unsigned indent);

#endif /* REPORT_TEXT_H */
