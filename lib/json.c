/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The JSON writer: checks that the tokens nest and hands each to the sink.
 *
 * Tools and backends write their reports through it. It knows no text; that
 * is a sink's affair (json-text.c is one). The first error sticks, so callers
 * may write a whole report and look once, at the end.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/json.h>

#include "call.h"

#define MAX_DEPTH 64		/* the bits of `objects` */

struct virtio_json_writer {
	struct virtio_json_sink sink;
	void *ctx;
	int error;		/* of the first failure, or 0 */
	const char *reason;
	unsigned depth;		/* objects and arrays that are open */
	uint64_t objects;	/* bit d is set: what opened at depth d is an object */
	bool named;		/* a name waits for its value */
	bool complete;		/* the one value at the top was begun */
};

static int fail(struct virtio_json_writer *w, const char *call, int err, const char *reason)
{
	if (!w)
		return call_set_lazy_error(call, EINVAL, "the writer is NULL", 0, 0, 0);
	if (!w->error) {
		w->error = -err;
		w->reason = reason;
		call_set_lazy_error(call, err, reason, 0, 0, 0);
	}
	return w->error;
}

/* What the sink answered to the token of `call`. */
static int sunk(struct virtio_json_writer *w, const char *call, int result)
{
	if (!result)
		return 0;
	return fail(w, call, result < 0 ? -result : EIO, "the sink refused the token");
}

static bool in_object(const struct virtio_json_writer *w)
{
	return w->depth > 0 && (w->objects >> (w->depth - 1) & 1);
}

/* May a value stand here? If so it uses up the name or the place at the top. */
static int place_value(struct virtio_json_writer *w, const char *call)
{
	if (!w || w->error)
		return fail(w, call, EINVAL, "");
	if (in_object(w) && !w->named)
		return fail(w, call, EINVAL, "a value in an object needs a name before it");
	if (w->depth == 0 && w->complete)
		return fail(w, call, EINVAL, "there is one value already, a second one needs "
					     "an array around both");
	w->named = false;
	w->complete = true;
	return 0;
}

static int open_level(struct virtio_json_writer *w, const char *call, bool object)
{
	int err = place_value(w, call);

	if (err)
		return err;
	if (w->depth == MAX_DEPTH)
		return fail(w, call, EOVERFLOW, "more than 64 objects and arrays are open");
	w->objects &= ~(UINT64_C(1) << w->depth);
	w->objects |= (uint64_t)object << w->depth;
	w->depth++;
	return 0;
}

static int close_level(struct virtio_json_writer *w, const char *call, bool object)
{
	if (!w || w->error)
		return fail(w, call, EINVAL, "");
	if (w->depth == 0 || in_object(w) != object)
		return fail(w, call, EINVAL, object ? "what is open here is no object"
						    : "what is open here is no array");
	if (w->named)
		return fail(w, call, EINVAL, "a name has no value");
	w->depth--;
	return 0;
}

struct virtio_json_writer *virtio_json_writer_new(const struct virtio_json_sink *sink, void *ctx)
{
	CALL("virtio_json_writer_new", DEFAULT_TIMEOUT_MS);
	struct virtio_json_writer *w;

	if (!sink || sink->size < sizeof(*sink)) {
		virtio_set_error(EINVAL, "the sink's size is %zu, at least %zu is needed: set it "
				 "to sizeof(struct virtio_json_sink)",
				 sink ? sink->size : 0, sizeof(*sink));
		return NULL;
	}
	w = calloc(1, sizeof(*w));
	if (!w) {
		virtio_set_error(ENOMEM, "no memory for a writer of %zu bytes", sizeof(*w));
		return NULL;
	}
	w->sink = *sink;
	w->ctx = ctx;
	return w;
}

int virtio_json_writer_end(struct virtio_json_writer *w)
{
	CALL("virtio_json_writer_end", DEFAULT_TIMEOUT_MS);
	int err;

	if (!w)
		return 0;
	if (!w->error && w->depth > 0)
		fail(w, "", EINVAL, "an object or array is still open");
	err = w->error;
	if (err)
		virtio_set_error(-err, "%s: %s", w->reason, strerror(-err));
	free(w);
	return err;
}

int virtio_json_object_begin(struct virtio_json_writer *w)
{
	int err = open_level(w, __func__, true);

	if (err || !w->sink.object_begin)
		return err;
	return sunk(w, __func__, w->sink.object_begin(w->ctx));
}

int virtio_json_object_end(struct virtio_json_writer *w)
{
	int err = close_level(w, __func__, true);

	if (err || !w->sink.object_end)
		return err;
	return sunk(w, __func__, w->sink.object_end(w->ctx));
}

int virtio_json_array_begin(struct virtio_json_writer *w)
{
	int err = open_level(w, __func__, false);

	if (err || !w->sink.array_begin)
		return err;
	return sunk(w, __func__, w->sink.array_begin(w->ctx));
}

int virtio_json_array_end(struct virtio_json_writer *w)
{
	int err = close_level(w, __func__, false);

	if (err || !w->sink.array_end)
		return err;
	return sunk(w, __func__, w->sink.array_end(w->ctx));
}

int virtio_json_name(struct virtio_json_writer *w, const char *name)
{
	if (!w || w->error)
		return fail(w, __func__, EINVAL, "");
	if (!name)
		return fail(w, __func__, EINVAL, "the name is NULL");
	if (!in_object(w))
		return fail(w, __func__, EINVAL, "a name stands in objects only");
	if (w->named)
		return fail(w, __func__, EINVAL, "the name before has no value");
	w->named = true;
	return w->sink.name ? sunk(w, __func__, w->sink.name(w->ctx, name)) : 0;
}

int virtio_json_string(struct virtio_json_writer *w, const char *value)
{
	int err;

	if (!value)
		return virtio_json_null(w);
	err = place_value(w, __func__);
	if (err || !w->sink.string)
		return err;
	return sunk(w, __func__, w->sink.string(w->ctx, value));
}

int virtio_json_uint64(struct virtio_json_writer *w, uint64_t value)
{
	int err = place_value(w, __func__);

	if (err || !w->sink.uint64)
		return err;
	return sunk(w, __func__, w->sink.uint64(w->ctx, value));
}

int virtio_json_bool(struct virtio_json_writer *w, bool value)
{
	int err = place_value(w, __func__);

	if (err || !w->sink.boolean)
		return err;
	return sunk(w, __func__, w->sink.boolean(w->ctx, value));
}

int virtio_json_null(struct virtio_json_writer *w)
{
	int err = place_value(w, __func__);

	if (err || !w->sink.null)
		return err;
	return sunk(w, __func__, w->sink.null(w->ctx));
}
