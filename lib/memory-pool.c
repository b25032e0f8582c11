/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Equal objects out of one allocation, on a stack of free ones that lies in
 * private memory. A pool has a lock of its own; its objects go by any thread.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include <virtio-poll/backend.h>

#include "call.h"

#define OBJECT_ALIGN 64u

struct virtio_mem_pool {
	pthread_mutex_t lock;
	char *base;
	size_t stride;
	unsigned count;
	unsigned nfree;
	unsigned *free;		/* indices of free objects, the top is used next */
	bool *out;		/* a second put of one object is ignored */
};

static void destroy(struct virtio_mem_pool *pool)
{
	free(pool->free);
	free(pool->out);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static struct virtio_mem_pool *make(size_t stride, unsigned count)
{
	struct virtio_mem_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pool->stride = stride;
	pool->count = pool->nfree = count;
	pool->free = calloc(count, sizeof(*pool->free));
	pool->out = calloc(count, sizeof(*pool->out));
	if (!pool->free || !pool->out) {
		destroy(pool);
		return NULL;
	}
	for (unsigned i = 0; i < count; i++)
		pool->free[i] = count - 1 - i;
	return pool;
}

struct virtio_mem_pool *virtio_mem_pool_new(size_t size, unsigned count)
{
	CALL("virtio_mem_pool_new", DEFAULT_TIMEOUT_MS);
	size_t stride = (size + OBJECT_ALIGN - 1) / OBJECT_ALIGN * OBJECT_ALIGN, total;
	struct virtio_mem_pool *pool;
	void *base;

	if (!size || !count || stride < size || __builtin_mul_overflow(stride, count, &total)) {
		virtio_set_error(EINVAL, "%u objects of %zu bytes are no pool", count, size);
		return NULL;
	}
	pool = make(stride, count);
	if (!pool) {
		virtio_set_error(ENOMEM, "no memory for a pool of %u objects", count);
		return NULL;
	}
	if (virtio_mem_alloc(total, NULL, &base)) {
		destroy(pool);
		return NULL;
	}
	pool->base = base;
	return pool;
}

void *virtio_mem_pool_get(struct virtio_mem_pool *pool)
{
	void *object = NULL;

	pthread_mutex_lock(&pool->lock);
	if (pool->nfree) {
		unsigned i = pool->free[--pool->nfree];

		pool->out[i] = true;
		object = pool->base + i * pool->stride;
	}
	pthread_mutex_unlock(&pool->lock);
	return object;
}

void virtio_mem_pool_put(struct virtio_mem_pool *pool, void *object)
{
	size_t offset = (uintptr_t)object - (uintptr_t)pool->base, i = offset / pool->stride;

	if (!object || i >= pool->count || offset % pool->stride)
		return;
	pthread_mutex_lock(&pool->lock);
	if (pool->out[i]) {
		pool->out[i] = false;
		pool->free[pool->nfree++] = i;
	}
	pthread_mutex_unlock(&pool->lock);
}

int virtio_mem_pool_free(struct virtio_mem_pool *pool)
{
	CALL("virtio_mem_pool_free", DEFAULT_TIMEOUT_MS);
	int error = pool ? virtio_mem_free(pool->base) : 0;

	if (pool && !error)
		destroy(pool);
	return error;
}
