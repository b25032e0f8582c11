/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one lock of registry, arenas and what devices were told. Recursive,
 * since allocating memory registers it. Taken before any device's lock.
 */
#include "config.h"

#include <pthread.h>

#include "memory-registry.h"

static pthread_mutex_t registry_lock;
static pthread_once_t registry_once = PTHREAD_ONCE_INIT;

static void init_lock(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&registry_lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

void memory_lock(void)
{
	pthread_once(&registry_once, init_lock);
	pthread_mutex_lock(&registry_lock);
}

void memory_unlock(void)
{
	pthread_mutex_unlock(&registry_lock);
}

int memory_scope_begin(void)
{
	memory_lock();
	return 0;
}

void memory_scope_end(int *unused)
{
	(void)unused;
	memory_unlock();
}
