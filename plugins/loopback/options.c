/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options of an address: one row each, read by kind and written back by
 * kind.
 *
 * What an option means is decided where it is used; here are its name, its
 * range and its default, and the few rules between options.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/virtio_blk.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>

#include "options.h"
#include "ring.h"

#define DEFAULT_BLK_SIZE	(UINT64_C(64) << 20)
#define DEFAULT_NULL_SIZE	(UINT64_C(1) << 30)
#define MAX_SIZE		(UINT64_C(1) << 62)

enum kind { UINT, SIZE, BOOL, STRING, FEATURES, KINDS };

static const struct option {
	const char *key;
	enum kind kind;
	size_t at;		/* in struct loop_options */
	uint64_t preset;
	uint64_t min, max;	/* UINT, SIZE */
} rows[] = {
#define AT(member) offsetof(struct loop_options, member)
	{ "size", SIZE, AT(size), SIZE_NOT_GIVEN, 0, MAX_SIZE },
	{ "file", STRING, AT(file), 0, 0, 0 },
	{ "readonly", BOOL, AT(readonly), 0, 0, 0 },
	{ "num-queues", UINT, AT(num_queues), 1, 1, VIRTIO_MAX_VIRTQUEUES },
	{ "queue-size", UINT, AT(queue_size), 256, 1, RING_MAX_SIZE },
	{ "features", FEATURES, AT(features), 0, 0, 0 },
	{ "no-features", FEATURES, AT(no_features), 0, 0, 0 },
	{ "thread", BOOL, AT(thread), 0, 0, 0 },
	{ "spin", UINT, AT(spin), 0, 0, 1000000 },
	{ "serial", STRING, AT(serial), 0, 0, 0 },
	{ "block-size", SIZE, AT(block_size), 512, 512, 65536 },
	{ "seg-max", UINT, AT(seg_max), 0, 1, RING_MAX_SIZE },
	{ "size-max", SIZE, AT(size_max), 0, 512, UINT32_MAX },
	{ "strict", BOOL, AT(strict), 1, 0, 0 },
	{ "fault", STRING, AT(fault), 0, 0, 0 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void *member(const struct loop_options *options, const struct option *row)
{
	return (char *)(uintptr_t)options + row->at;
}

static int take_uint(struct virtio_address *address, const struct option *row, void *to)
{
	return virtio_address_take_uint(address, row->key, row->min, row->max, to);
}

static int take_size(struct virtio_address *address, const struct option *row, void *to)
{
	return virtio_address_take_size(address, row->key, row->min, row->max, to);
}

static int take_bool(struct virtio_address *address, const struct option *row, void *to)
{
	return virtio_address_take_bool(address, row->key, to);
}

/* Kept beyond the address: a copy. */
static int take_string(struct virtio_address *address, const struct option *row, void *to)
{
	const char *value;
	char *copy;
	int found = virtio_address_take_string(address, row->key, &value);

	if (found <= 0)
		return found;
	copy = strdup(value);
	if (!copy)
		return virtio_set_error(ENOMEM, "no memory for %s=", row->key);
	*(char **)to = copy;
	return 1;
}

static int take_features(struct virtio_address *address, const struct option *row, void *to)
{
	return virtio_address_take_features(address, row->key, to);
}

static int (*const take[KINDS])(struct virtio_address *, const struct option *, void *) = {
	[UINT] = take_uint,
	[SIZE] = take_size,
	[BOOL] = take_bool,
	[STRING] = take_string,
	[FEATURES] = take_features,
};

static void set_presets(struct loop_options *options)
{
	*options = (struct loop_options){ 0 };
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].kind == BOOL)
			*(bool *)member(options, &rows[i]) = rows[i].preset;
		else if (rows[i].kind != STRING)
			*(uint64_t *)member(options, &rows[i]) = rows[i].preset;
	}
}

static int take_target(struct loop_options *options, const char *target)
{
	options->null = !strcmp(target, "null");
	if (options->null || !strcmp(target, "blk"))
		return 0;
	return virtio_set_error(EINVAL, "loopback:%s is not known; there are loopback:blk and"
				" loopback:null", target);
}

static bool is_power_of_2(uint64_t n)
{
	return n && !(n & (n - 1));
}

static int check_sizes(struct loop_options *o)
{
	if (!is_power_of_2(o->queue_size))
		return virtio_set_error(EINVAL, "queue-size=%" PRIu64 " is no power of 2 up to %u",
					o->queue_size, RING_MAX_SIZE);
	if (!is_power_of_2(o->block_size))
		return virtio_set_error(EINVAL, "block-size=%" PRIu64 " is no power of 2 from 512"
					" to 65536", o->block_size);
	return 0;
}

/* The rules between options. */
static int check(struct loop_options *o)
{
	if (o->file && (o->null || o->size != SIZE_NOT_GIVEN))
		return virtio_set_error(EINVAL, "file= goes with loopback:blk and without size=,"
					" the size is the file's");
	if (o->spin && !o->thread)
		return virtio_set_error(EINVAL, "spin=%" PRIu64 " goes with thread=on", o->spin);
	if (o->serial && strlen(o->serial) > VIRTIO_BLK_ID_BYTES)
		return virtio_set_error(EINVAL, "serial=%s is longer than %u bytes", o->serial,
					VIRTIO_BLK_ID_BYTES);
	if (o->size == SIZE_NOT_GIVEN && !o->file)
		o->size = o->null ? DEFAULT_NULL_SIZE : DEFAULT_BLK_SIZE;
	return check_sizes(o);
}

int loop_options_parse(struct loop_options *options, struct virtio_address *address)
{
	int err;

	set_presets(options);
	for (size_t i = 0; i < ROWS; i++) {
		err = take[rows[i].kind](address, &rows[i], member(options, &rows[i]));
		if (err < 0)
			return err;
	}
	err = take_target(options, virtio_address_target(address));
	if (!err)
		err = virtio_address_finish(address);
	return err ? err : check(options);
}

void loop_options_free(struct loop_options *options)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].kind == STRING)
			free(*(char **)member(options, &rows[i]));
	*options = (struct loop_options){ 0 };
}

/* Text that is added to as long as there is room. */
struct text {
	char *at;
	size_t left;
};

static void add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text->at, text->left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= text->left)
		n = text->left ? (int)text->left - 1 : 0;
	text->at += n;
	text->left -= (size_t)n;
}

static void add_string(struct text *text, const char *key, const char *value)
{
	add(text, ",%s=", key);
	for (; *value; value++)
		add(text, *value == ',' ? ",," : "%c", *value);
}

static void add_row(struct text *text, const struct loop_options *options,
		    const struct option *row)
{
	const void *value = member(options, row);

	if (row->kind == STRING) {
		if (*(char *const *)value)
			add_string(text, row->key, *(char *const *)value);
	} else if (row->kind == BOOL) {
		if (*(const bool *)value != (bool)row->preset)
			add(text, ",%s=%s", row->key, *(const bool *)value ? "on" : "off");
	} else if (*(const uint64_t *)value != row->preset) {
		add(text, row->kind == FEATURES ? ",%s=0x%" PRIx64 : ",%s=%" PRIu64, row->key,
		    *(const uint64_t *)value);
	}
}

void loop_options_format(const struct loop_options *options, char *text, size_t size)
{
	struct text to = { .at = text, .left = size };

	add(&to, "%s", options->null ? "null" : "blk");
	for (size_t i = 0; i < ROWS; i++)
		add_row(&to, options, &rows[i]);
}
