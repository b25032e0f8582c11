/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How single facts look in the text of a report: numbers with their units,
 * labels, and long lines broken before column 80. Used by report-text.c,
 * report-table.c and report-checks.c only.
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

/* "1.5 GiB"; 1023 and below exactly. */
void text_of_bytes(uint64_t bytes, char *text, size_t size);

/*
 * Prints text from `column` on and ends the line; lines that would pass
 * TEXT_WIDTH are broken at spaces and go on at `indent`.
 */
void text_put_wrapped(const char *text, unsigned column, unsigned indent);

/* The same, in the colour that a result has (PASS, FAIL, WARN, SKIP) if
 * standard output is a terminal that shows colours, and NO_COLOR is not set. */
void text_put_result(const char *text, int width);

/* Prints text, control bytes as '?', filled up to `width`; negative: to the left. */
void text_put_padded(const char *text, int width);

/* Prints an array of objects as a table, or, if it would be too wide, nothing:
 * returns whether it has. */
bool text_put_table(const struct report_node *array, unsigned indent);

/* Prints an array of findings: result, what was checked, the finding, the fix. */
void text_put_checks(const struct report_node *array, unsigned indent);

#endif /* REPORT_TEXT_H */
