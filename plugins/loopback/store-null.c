/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The store that stores nothing: every request succeeds at once and touches
 * no data, so that what is measured is the way to the device and back.
 */
#include "config.h"

#include "store.h"

static int null_transfer(struct store *store, uint64_t offset, struct span *data)
{
	(void)store;
	(void)offset;
	(void)data;
	return 0;
}

static int null_flush(struct store *store)
{
	(void)store;
	return 0;
}

static int null_discard(struct store *store, uint64_t offset, uint64_t len)
{
	(void)store;
	(void)offset;
	(void)len;
	return 0;
}

static int null_zero(struct store *store, uint64_t offset, uint64_t len, bool may_unmap)
{
	(void)may_unmap;
	return null_discard(store, offset, len);
}

static void null_close(struct store *store)
{
	(void)store;
}

static const struct store_ops null_ops = {
	.read = null_transfer,
	.write = null_transfer,
	.flush = null_flush,
	.discard = null_discard,
	.zero = null_zero,
	.close = null_close,
	.burst = 64,
};

int store_open_null(struct store *store, uint64_t size)
{
	store->ops = &null_ops;
	store->size = size;
	return 0;
}
