/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What holds the bytes of the block device: memory, a file, or nothing.
 *
 * One table of calls per kind. The block device checks ranges before it
 * calls; calls run on several queues' threads at once and take no lock.
 */
#ifndef LOOPBACK_STORE_H
#define LOOPBACK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain.h"

struct store;

/* All return 0 or -errno; offset and len are multiples of 512. */
struct store_ops {
	/* The segments are the callee's to change. */
	int (*read)(struct store *store, uint64_t offset, struct span *data);
	int (*write)(struct store *store, uint64_t offset, struct span *data);
	int (*flush)(struct store *store);
	/* The contents may become anything. */
	int (*discard)(struct store *store, uint64_t offset, uint64_t len);
	/* Reads give zeroes afterwards; may_unmap: the room may be given up. */
	int (*zero)(struct store *store, uint64_t offset, uint64_t len, bool may_unmap);
	void (*close)(struct store *store);
	/* Requests to complete before the driver is shown any of them: few
	 * where each takes long. */
	uint16_t burst;
};

struct store {
	const struct store_ops *ops;	/* NULL until opened */
	uint64_t size;			/* bytes */
	char *map;			/* memory */
	int fd;				/* file, else -1 */
};

/* Each fills *store, whose fd is -1 and whose rest is zero: 0 or -errno with a
 * sentence. Whatever it returns, store_close is due afterwards. */
int store_open_memory(struct store *store, uint64_t size);
int store_open_file(struct store *store, const char *path, bool readonly);
int store_open_null(struct store *store, uint64_t size);

static inline void store_close(struct store *store)
{
	if (store->ops)
		store->ops->close(store);
	store->ops = NULL;
}

#endif /* LOOPBACK_STORE_H */
