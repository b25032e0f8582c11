/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which thread is running, as queue ownership sees it.
 *
 * queue-owner.c compares the results and never looks into one. The default is
 * a number per POSIX thread, since addresses and IDs of threads that ended
 * are given to new ones, which would then own the old one's queues.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/device.h>

#include "call.h"
#include "thread.h"

typedef struct virtio_thread *(*current_fn)(void);

static struct virtio_thread *default_current(void)
{
	static atomic_uintptr_t last;
	static _Thread_local uintptr_t token;

	/* Relaxed: only that no two threads draw the same number matters. */
	if (!token)
		token = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
	return (struct virtio_thread *)token;
}

/* The lock orders the first acquire and changes of the ops. */
static struct {
	pthread_mutex_t lock;
	_Atomic(current_fn) current;
	atomic_bool acquired;
} thread_ops = { .lock = PTHREAD_MUTEX_INITIALIZER, .current = default_current };

struct virtio_thread *virtio_thread_current(void)
{
	/* Acquire: pairs with the release in set_current, so that what the
	 * program prepared before it installed the op is seen by the op. */
	current_fn current = atomic_load_explicit(&thread_ops.current, memory_order_acquire);

	return current();
}

void thread_mark_acquired(void)
{
	/* Relaxed: a thread that misses it takes the lock and sets it again. */
	if (atomic_load_explicit(&thread_ops.acquired, memory_order_relaxed))
		return;
	pthread_mutex_lock(&thread_ops.lock);
	atomic_store_explicit(&thread_ops.acquired, true, memory_order_relaxed);
	pthread_mutex_unlock(&thread_ops.lock);
}

/* False after the first acquire. */
static bool set_current(current_fn current)
{
	bool acquired;

	pthread_mutex_lock(&thread_ops.lock);
	acquired = atomic_load_explicit(&thread_ops.acquired, memory_order_relaxed);
	if (!acquired)
		atomic_store_explicit(&thread_ops.current, current, memory_order_release);
	pthread_mutex_unlock(&thread_ops.lock);
	return !acquired;
}

int virtio_set_thread_ops(const struct virtio_thread_ops *ops)
{
	CALL("virtio_set_thread_ops", DEFAULT_TIMEOUT_MS);

	if (ops && ops->size < sizeof(*ops))
		return virtio_set_error(EINVAL, "size is %zu, at least %zu is needed: set it to "
					"sizeof(struct virtio_thread_ops)",
					ops->size, sizeof(*ops));
	if (ops && !ops->current)
		return virtio_set_error(EINVAL, "the member `current` is NULL, it is required");
	if (!set_current(ops ? ops->current : default_current))
		return virtio_set_error(EBUSY, "a queue was acquired already: install thread ops "
					"before the first acquire");
	return 0;
}
