/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A report as one JSON object on stdout, through the library's own writer.
 *
 * The members of an object that are null for a reason have it in the object's
 * member "reasons", by their name; what numbers mean stands in "meanings".
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include <virtio-poll/json.h>

#include "report-tree.h"

static int write_stdout(void *ctx, const char *data, size_t len)
{
	(void)ctx;
	return fwrite(data, 1, len, stdout) == len ? 0 : -EIO;
}

static void put_node(struct virtio_json_writer *w, const struct report_node *node);

/* The words that belong to members of that kind, by the members' names. */
static void put_words(struct virtio_json_writer *w, const struct report_node *object,
		      const char *name, enum node_kind kind)
{
	virtio_json_name(w, name);
	virtio_json_object_begin(w);
	for (const struct report_node *n = object->first; n; n = n->next) {
		if (n->kind != kind || !n->string)
			continue;
		virtio_json_name(w, n->name);
		virtio_json_string(w, n->string);
	}
	virtio_json_object_end(w);
}

static void put_object(struct virtio_json_writer *w, const struct report_node *node)
{
	virtio_json_object_begin(w);
	for (const struct report_node *n = node->first; n; n = n->next) {
		virtio_json_name(w, n->name);
		put_node(w, n);
	}
	if (node->has_meanings)
		put_words(w, node, "meanings", NODE_UINT);
	if (node->has_reasons)
		put_words(w, node, "reasons", NODE_NULL);
	virtio_json_object_end(w);
}

static void put_array(struct virtio_json_writer *w, const struct report_node *node)
{
	virtio_json_array_begin(w);
	for (const struct report_node *n = node->first; n; n = n->next)
		put_node(w, n);
	virtio_json_array_end(w);
}

static void put_string(struct virtio_json_writer *w, const struct report_node *node)
{
	virtio_json_string(w, node->string);
}

static void put_uint(struct virtio_json_writer *w, const struct report_node *node)
{
	virtio_json_uint64(w, node->number);
}

static void put_bool(struct virtio_json_writer *w, const struct report_node *node)
{
	virtio_json_bool(w, node->number != 0);
}

static void put_null(struct virtio_json_writer *w, const struct report_node *node)
{
	(void)node;
	virtio_json_null(w);
}

static void put_node(struct virtio_json_writer *w, const struct report_node *node)
{
	static void (*const put[])(struct virtio_json_writer *, const struct report_node *) = {
		[NODE_OBJECT] = put_object,
		[NODE_ARRAY] = put_array,
		[NODE_STRING] = put_string,
		[NODE_UINT] = put_uint,
		[NODE_BOOL] = put_bool,
		[NODE_NULL] = put_null,
	};

	put[node->kind](w, node);
}

int report_print_json(const struct report_node *root)
{
	struct virtio_json_text text = { .write = write_stdout, .indent = 2 };
	struct virtio_json_writer *w = virtio_json_writer_new(virtio_json_text_sink(), &text);
	int err;

	if (!w)
		return -ENOMEM;
	put_node(w, root);
	err = virtio_json_writer_end(w);
	putchar('\n');
	return err;
}
