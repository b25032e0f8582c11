/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inside of a report, for the two that print it: report-text.c and
 * report-json.c. Commands include report.h and see nothing of this.
 */
#ifndef REPORT_TREE_H
#define REPORT_TREE_H

#include "report.h"

enum node_kind {
	NODE_OBJECT,
	NODE_ARRAY,
	NODE_STRING,
	NODE_UINT,
	NODE_BOOL,
	NODE_NULL,
};

struct report_node {
	struct report *report;
	struct report_node *parent;
	struct report_node *next;	/* the parent's next child */
	struct report_node *first;	/* of an object or array */
	struct report_node *last;
	char *name;			/* NULL in an array */
	/* Of a string; of a null its reason, of a number its meaning, of the root the
	 * footer, or NULL. */
	char *string;
	uint64_t number;		/* of a number or a truth value */
	enum node_kind kind;
	enum report_unit unit;
	bool paragraphs;		/* of an array of objects */
	bool checks;			/* of an array of objects */
	bool has_reasons;		/* of an object */
	bool has_meanings;		/* of an object */
	bool untold;			/* by the text */
};

static inline bool node_is_group(const struct report_node *node)
{
	return node->kind == NODE_OBJECT || node->kind == NODE_ARRAY;
}

/* Both write to stdout; 0 or -errno. */
int report_print_text(const struct report_node *root);
int report_print_json(const struct report_node *root);

#endif /* REPORT_TREE_H */
