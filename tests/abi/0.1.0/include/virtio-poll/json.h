/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The writer that reports of devices go through.
 *
 * A writer passes tokens on to a sink, a table of calls: JSON text is one
 * sink (virtio_json_text_sink), a table on a screen or the writer of another
 * program can be another. The writer checks that the tokens nest; the first
 * error sticks and is returned by virtio_json_writer_end.
 */
#ifndef VIRTIO_POLL_JSON_H
#define VIRTIO_POLL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virtio-poll/error.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct virtio_json_writer;

/*
 * What receives the tokens. Each call returns 0 or -errno; the first failure
 * ends the writing, later tokens are dropped. `size` is sizeof the structure;
 * members from `object_begin` on may be NULL, the token is then skipped.
 */
struct virtio_json_sink {
	size_t size;
	int (*object_begin)(void *ctx);
	int (*object_end)(void *ctx);
	int (*array_begin)(void *ctx);
	int (*array_end)(void *ctx);
	int (*name)(void *ctx, const char *name);
	int (*string)(void *ctx, const char *value);
	int (*uint64)(void *ctx, uint64_t value);
	int (*boolean)(void *ctx, bool value);
	int (*null)(void *ctx);
};

/*
 * The ctx of the text sink: where the text goes and how it looks. The caller
 * fills in the first three members and zeroes the rest.
 */
struct virtio_json_text {
	/* Takes len bytes; returns 0 or -errno. */
	int (*write)(void *ctx, const char *data, size_t len);
	void *ctx;
	uint32_t indent;	/* spaces per level; 0 writes one line */
	uint32_t depth;		/* the sink's own from here on */
	uint64_t filled;
	uint32_t after_name;
	uint32_t reserved[7];
};

/*
 * The sink that writes RFC 8259 text; its ctx is a struct virtio_json_text.
 * Strings are escaped; bytes that are no UTF-8 become U+FFFD. Nesting is
 * limited to 64 levels (-EOVERFLOW). Since 0.1.0.
 */
const struct virtio_json_sink *virtio_json_text_sink(void);

/*
 * A writer that drives sink with ctx. Both stay the caller's and must outlive
 * the writer. NULL on lack of memory or a bad sink (virtio_last_error).
 * One thread at a time per writer; never blocks itself. Since 0.1.0.
 */
struct virtio_json_writer *virtio_json_writer_new(const struct virtio_json_sink *sink, void *ctx);

/*
 * Frees the writer. 0, or the first error of any call: the sink's, or
 * -EINVAL if the tokens did not nest. A NULL writer gives 0. Since 0.1.0.
 */
int virtio_json_writer_end(struct virtio_json_writer *w);

/*
 * One token each. Inside an object a value follows a name. All return 0 or
 * the writer's first error, which may be ignored here as it is kept for
 * virtio_json_writer_end. A NULL string writes null. Since 0.1.0.
 */
int virtio_json_object_begin(struct virtio_json_writer *w);
int virtio_json_object_end(struct virtio_json_writer *w);
int virtio_json_array_begin(struct virtio_json_writer *w);
int virtio_json_array_end(struct virtio_json_writer *w);
int virtio_json_name(struct virtio_json_writer *w, const char *name);
int virtio_json_string(struct virtio_json_writer *w, const char *value);
int virtio_json_uint64(struct virtio_json_writer *w, uint64_t value);
int virtio_json_bool(struct virtio_json_writer *w, bool value);
int virtio_json_null(struct virtio_json_writer *w);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_JSON_H */
