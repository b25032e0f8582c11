/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A report as text on stdout, made of nothing but the tree: scalars as
 * "label  value", objects indented below their name, arrays of objects as a
 * table or in paragraphs.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report-text.h"

#define INDENT 2
#define LABEL_GAP 2

static void put_members(const struct report_node *from, unsigned indent, bool nulls);

/* An array of words or numbers, which fits beside its label. */
static bool is_words(const struct report_node *node)
{
	if (node->kind != NODE_ARRAY)
		return false;
	for (const struct report_node *n = node->first; n; n = n->next)
		if (node_is_group(n) || (n->kind == NODE_STRING && strchr(n->string, ' ')))
			return false;
	return true;
}

/* Below the top, what is absent for no other reason is simply not there. */
static bool is_shown(const struct report_node *node, bool nulls)
{
	if (node->untold)
		return false;
	return nulls || node->kind != NODE_NULL || node->string;
}

/* A group in which nothing is shown. */
static bool is_empty(const struct report_node *node)
{
	if (!node_is_group(node))
		return false;
	for (const struct report_node *n = node->first; n; n = n->next)
		if (is_shown(n, node->kind == NODE_ARRAY))
			return false;
	return true;
}

static bool stands_beside_label(const struct report_node *node)
{
	return !node_is_group(node) || is_empty(node) || is_words(node);
}

static unsigned label_width(const struct report_node *from, bool nulls)
{
	unsigned width = 0;

	for (const struct report_node *n = from; n; n = n->next) {
		char buf[CELL_SIZE];
		unsigned len = (unsigned)strlen(text_of_name(n, buf));

		if (is_shown(n, nulls) && stands_beside_label(n) && len > width)
			width = len;
	}
	return width;
}

/* "4 4 4 9" is told as "4 (3 times) 9". The caller frees it. */
static char *join_words(const struct report_node *array)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (const struct report_node *n = array->first, *next; n; n = next) {
		char buf[CELL_SIZE], other[CELL_SIZE];
		const char *word = text_of_value(n, buf);
		unsigned times = 1;

		for (next = n->next; next && !strcmp(text_of_value(next, other), word);
		     next = next->next)
			times++;
		fprintf(f, "%s%s", n == array->first ? "" : " ", word);
		if (times > 1)
			fprintf(f, " (%u times)", times);
	}
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* Does the null before it have the same reason? */
static bool is_told_before(const struct report_node *node)
{
	const struct report_node *before = NULL;

	for (const struct report_node *n = node->parent->first; n != node; n = n->next)
		if (n->kind == NODE_NULL && n->string)
			before = n;
	return before && !strcmp(before->string, node->string);
}

/* "2 (announce)": the number, and what it means. */
static void put_number(const struct report_node *node, unsigned column)
{
	char buf[CELL_SIZE], text[600];

	snprintf(text, sizeof(text), "%s%s%s%s", text_of_value(node, buf),
		 node->string ? " (" : "", node->string ? node->string : "",
		 node->string ? ")" : "");
	text_put_wrapped(text, column, column);
}

static void put_beside_label(const struct report_node *node, unsigned column)
{
	char buf[CELL_SIZE];
	char *words;

	if (is_empty(node)) {
		text_put_wrapped("none", column, column);
	} else if (node_is_group(node)) {
		words = join_words(node);
		text_put_wrapped(words ? words : "?", column, column);
		free(words);
	} else if (node->kind == NODE_NULL && node->string) {
		char reason[600];

		snprintf(reason, sizeof(reason), "- (%s)",
			 is_told_before(node) ? "the same" : node->string);
		text_put_wrapped(reason, column, column);
	} else if (node->kind == NODE_UINT) {
		put_number(node, column);
	} else {
		text_put_wrapped(text_of_value(node, buf), column, column);
	}
}

/* Each object in a paragraph: its first member as the heading. */
static void put_paragraphs(const struct report_node *array, unsigned indent)
{
	for (const struct report_node *row = array->first; row; row = row->next) {
		const struct report_node *head = row->first;
		char buf[CELL_SIZE];

		if (!node_is_group(row) || !head) {
			printf("%*s", (int)indent, "");
			text_put_wrapped(text_of_value(row, buf), indent, indent + INDENT);
			continue;
		}
		printf("%*s", (int)indent, "");
		text_put_wrapped(node_is_group(head) ? "-" : text_of_value(head, buf), indent,
				 indent);
		put_members(head->next, indent + INDENT, false);
	}
}

static void put_group(const struct report_node *node, unsigned indent)
{
	if (node->kind == NODE_OBJECT)
		put_members(node->first, indent, !indent);
	else if (node->checks)
		text_put_checks(node, indent);
	else if (node->paragraphs || !text_put_table(node, indent))
		put_paragraphs(node, indent);
}

static void put_member(const struct report_node *node, unsigned width, unsigned indent)
{
	unsigned column = indent + width + LABEL_GAP;
	char buf[CELL_SIZE];

	if (stands_beside_label(node)) {
		printf("%*s%-*s%*s", (int)indent, "", (int)width, text_of_name(node, buf),
		       LABEL_GAP, "");
		put_beside_label(node, column);
		return;
	}
	if (!indent)
		putchar('\n');
	printf("%*s%s\n", (int)indent, "", text_of_name(node, buf));
	put_group(node, indent + INDENT);
}

static void put_members(const struct report_node *from, unsigned indent, bool nulls)
{
	unsigned width = label_width(from, nulls);
	bool after_group = false;

	for (const struct report_node *n = from; n; n = n->next) {
		if (!is_shown(n, nulls))
			continue;
		if (after_group && !indent && stands_beside_label(n))
			putchar('\n');
		put_member(n, width, indent);
		after_group = !stands_beside_label(n);
	}
}

int report_print_text(const struct report_node *root)
{
	/* "schema" is for programs. */
	const struct report_node *first = root->first->next;

	/* One table alone needs no heading. */
	if (first && !first->next && node_is_group(first) && !stands_beside_label(first))
		put_group(first, 0);
	else
		put_members(first, 0, true);
	if (root->string) {
		putchar('\n');
		text_put_wrapped(root->string, 0, 0);
	}
	return 0;
}
