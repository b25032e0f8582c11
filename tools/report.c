/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tree of facts behind every report: builds it, takes in what the library
 * writes about a device, hands it to the text or the JSON printer.
 *
 * Lack of memory is kept in the report and told once, at the end.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/json.h>

#include "command.h"
#include "report-tree.h"

struct report {
	struct report_node root;
	bool no_memory;
};

static void link_child(struct report_node *parent, struct report_node *node)
{
	node->parent = parent;
	node->next = NULL;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
}

static void unlink_child(struct report_node *node)
{
	struct report_node *before = NULL;
	struct report_node *parent = node->parent;

	for (struct report_node *n = parent->first; n != node; n = n->next)
		before = n;
	if (before)
		before->next = node->next;
	else
		parent->first = node->next;
	if (parent->last == node)
		parent->last = before;
}

/* Frees children and strings, not the node itself. */
static void clear_node(struct report_node *node)
{
	struct report_node *next;

	for (struct report_node *n = node->first; n; n = next) {
		next = n->next;
		clear_node(n);
		free(n);
	}
	free(node->name);
	free(node->string);
}

static struct report_node *add(struct report_node *parent, const char *name, enum node_kind kind)
{
	struct report_node *node;

	if (!parent)
		return NULL;
	node = calloc(1, sizeof(*node));
	if (!node) {
		parent->report->no_memory = true;
		return NULL;
	}
	node->report = parent->report;
	node->kind = kind;
	link_child(parent, node);
	if (name) {
		node->name = strdup(name);
		if (!node->name)
			parent->report->no_memory = true;
	}
	return node;
}

static void set_string(struct report_node *node, const char *value)
{
	if (!node)
		return;
	node->string = strdup(value);
	if (!node->string)
		node->report->no_memory = true;
}

struct report *report_new(void)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->root.report = report;
	report->root.kind = NODE_OBJECT;
	report_uint(&report->root, "schema", 1);
	return report;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	clear_node(&report->root);
	free(report);
}

struct report_node *report_root(struct report *report)
{
	return report ? &report->root : NULL;
}

int report_print(struct report *report, bool json, int status)
{
	int err = -ENOMEM;

	if (report && !report->no_memory)
		err = json ? report_print_json(&report->root) : report_print_text(&report->root);
	report_free(report);
	if (!err)
		return status;
	complain("cannot print the report: %s", strerror(-err));
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

struct report_node *report_object(struct report_node *parent, const char *name)
{
	return add(parent, name, NODE_OBJECT);
}

struct report_node *report_array(struct report_node *parent, const char *name)
{
	return add(parent, name, NODE_ARRAY);
}

struct report_node *report_paragraphs(struct report_node *parent, const char *name)
{
	struct report_node *node = add(parent, name, NODE_ARRAY);

	if (node)
		node->paragraphs = true;
	return node;
}

struct report_node *report_checks(struct report_node *parent, const char *name)
{
	struct report_node *node = add(parent, name, NODE_ARRAY);

	if (node)
		node->checks = true;
	return node;
}

void report_string(struct report_node *parent, const char *name, const char *value)
{
	if (value)
		set_string(add(parent, name, NODE_STRING), value);
	else
		add(parent, name, NODE_NULL);
}

void report_untold(struct report_node *parent, const char *name, const char *value)
{
	report_string(parent, name, value);
	if (parent && parent->last)
		parent->last->untold = true;
}

void report_untold_null(struct report_node *parent, const char *name)
{
	struct report_node *node = report_member(parent, name);

	if (node && node->kind == NODE_NULL && !node->string)
		node->untold = true;
}

void report_footer(struct report *report, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (report && !report->root.string)
		set_string(&report->root, text);
}

void report_format(struct report_node *parent, const char *name, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report_string(parent, name, text);
}

void report_unit(struct report_node *parent, const char *name, uint64_t value,
		 enum report_unit unit)
{
	struct report_node *node = add(parent, name, NODE_UINT);

	if (!node)
		return;
	node->number = value;
	node->unit = unit;
}

void report_uint(struct report_node *parent, const char *name, uint64_t value)
{
	report_unit(parent, name, value, UNIT_NONE);
}

void report_meaning(struct report_node *parent, const char *name, uint64_t value,
		    enum report_unit unit, const char *meaning)
{
	report_unit(parent, name, value, unit);
	if (parent && parent->last && meaning)
		set_string(parent->last, meaning);
}

void report_index(struct report_node *parent, const char *name, int64_t value)
{
	if (value < 0)
		report_null(parent, name, NULL);
	else
		report_uint(parent, name, (uint64_t)value);
}

void report_bool(struct report_node *parent, const char *name, bool value)
{
	struct report_node *node = add(parent, name, NODE_BOOL);

	if (node)
		node->number = value;
}

void report_null(struct report_node *parent, const char *name, const char *reason)
{
	struct report_node *node = add(parent, name, NODE_NULL);

	if (!reason)
		return;
	set_string(node, reason);
	report_expect_reasons(parent);
}

void report_expect_meanings(struct report_node *parent)
{
	if (parent)
		parent->has_meanings = true;
}

void report_expect_reasons(struct report_node *parent)
{
	if (parent)
		parent->has_reasons = true;
}

struct report_node *report_member(struct report_node *parent, const char *name)
{
	for (struct report_node *n = parent ? parent->first : NULL; n; n = n->next)
		if (n->name && !strcmp(n->name, name))
			return n;
	return NULL;
}

const char *report_member_string(struct report_node *parent, const char *name)
{
	const struct report_node *node = report_member(parent, name);

	return node && node->kind == NODE_STRING ? node->string : NULL;
}

uint64_t report_member_uint(struct report_node *parent, const char *name)
{
	const struct report_node *node = report_member(parent, name);

	return node && node->kind == NODE_UINT ? node->number : 0;
}

bool report_array_has(const struct report_node *array, const char *string)
{
	for (const struct report_node *n = array ? array->first : NULL; n; n = n->next)
		if (n->kind == NODE_STRING && n->string && !strcmp(n->string, string))
			return true;
	return false;
}

void report_array_each(const struct report_node *array,
		       void (*each)(const char *string, void *ctx), void *ctx)
{
	for (const struct report_node *n = array ? array->first : NULL; n; n = n->next)
		if (n->kind == NODE_STRING && n->string)
			each(n->string, ctx);
}

void report_move(struct report_node *from, const char *name, struct report_node *to)
{
	struct report_node *node = report_member(from, name);

	if (!node) {
		report_null(to, name, NULL);
		return;
	}
	unlink_child(node);
	link_child(to, node);
}

void report_remove(struct report_node *parent, const char *name)
{
	struct report_node *node = report_member(parent, name);

	if (!node)
		return;
	unlink_child(node);
	clear_node(node);
	free(node);
}
