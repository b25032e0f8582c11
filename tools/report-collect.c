/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sink for the library's JSON writer that grows a report's tree, so that
 * what a backend writes about a device is printed like everything else.
 *
 * The writer has checked that the tokens nest; here is no second check.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/json.h>

#include "report-tree.h"

struct collector {
	struct report_node *at;		/* the object or array that is open */
	struct report_node *top;	/* the caller's, closed by nobody */
	char *name;			/* of the value that follows */
};

static int ended(struct collector *c)
{
	free(c->name);
	c->name = NULL;
	return 0;
}

static int open_group(struct collector *c, struct report_node *group)
{
	if (!group)
		return -ENOMEM;
	c->at = group;
	return ended(c);
}

static int on_object_begin(void *ctx)
{
	struct collector *c = ctx;

	/* The outermost braces are the caller's object. */
	if (!c->at)
		return open_group(c, c->top);
	return open_group(c, report_object(c->at, c->name));
}

static int on_array_begin(void *ctx)
{
	struct collector *c = ctx;

	return open_group(c, report_array(c->at, c->name));
}

static int on_end(void *ctx)
{
	struct collector *c = ctx;

	c->at = c->at == c->top ? NULL : c->at->parent;
	return 0;
}

static int on_name(void *ctx, const char *name)
{
	struct collector *c = ctx;

	ended(c);
	c->name = strdup(name);
	return c->name ? 0 : -ENOMEM;
}

static int on_string(void *ctx, const char *value)
{
	struct collector *c = ctx;

	report_string(c->at, c->name, value);
	return ended(c);
}

/* Feature words are sets of bits, for people. */
static bool is_bit_set(const char *name)
{
	static const char end[] = "features";
	size_t len = name ? strlen(name) : 0;

	return len >= sizeof(end) - 1 && !strcmp(name + len - (sizeof(end) - 1), end);
}

static int on_uint64(void *ctx, uint64_t value)
{
	struct collector *c = ctx;

	report_unit(c->at, c->name, value, is_bit_set(c->name) ? UNIT_HEX : UNIT_NONE);
	return ended(c);
}

static int on_boolean(void *ctx, bool value)
{
	struct collector *c = ctx;

	report_bool(c->at, c->name, value);
	return ended(c);
}

static int on_null(void *ctx)
{
	struct collector *c = ctx;

	report_null(c->at, c->name, NULL);
	return ended(c);
}

static const struct virtio_json_sink collector_sink = {
	.size = sizeof(collector_sink),
	.object_begin = on_object_begin,
	.object_end = on_end,
	.array_begin = on_array_begin,
	.array_end = on_end,
	.name = on_name,
	.string = on_string,
	.uint64 = on_uint64,
	.boolean = on_boolean,
	.null = on_null,
};

int report_collect(struct report_node *parent,
		   void (*fill)(struct virtio_json_writer *w, void *ctx), void *ctx)
{
	struct collector c = { .top = parent };
	struct virtio_json_writer *w;
	int err;

	if (!parent)
		return -ENOMEM;
	w = virtio_json_writer_new(&collector_sink, &c);
	if (!w)
		return -ENOMEM;
	virtio_json_object_begin(w);
	fill(w, ctx);
	virtio_json_object_end(w);
	err = virtio_json_writer_end(w);
	ended(&c);
	return err;
}
