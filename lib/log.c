/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The log sink: where messages go, and up to which level.
 *
 * Every room logs through virtio_log. A message that nobody wants costs one
 * load. The lock is held to copy the sink, never while a callback runs.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/log.h>

#include "text.h"

#define MESSAGE_SIZE 1024

static const char *const level_names[] = {
	[VIRTIO_LOG_NONE] = "none",
	[VIRTIO_LOG_ERROR] = "error",
	[VIRTIO_LOG_WARN] = "warn",
	[VIRTIO_LOG_INFO] = "info",
	[VIRTIO_LOG_DEBUG] = "debug",
};

/* cb and ctx belong together and are guarded by the lock; level is only a filter. */
static struct {
	pthread_mutex_t lock;
	virtio_log_cb cb;
	void *ctx;
	atomic_int level;
} sink = { .lock = PTHREAD_MUTEX_INITIALIZER, .cb = NULL, .level = VIRTIO_LOG_DEBUG };

static pthread_once_t env_once = PTHREAD_ONCE_INIT;
static int env_level;

static void read_env(void)
{
	const char *value = secure_getenv("VIRTIO_POLL_LOG");

	for (int level = VIRTIO_LOG_ERROR; value && level <= VIRTIO_LOG_DEBUG; level++)
		if (strcmp(value, level_names[level]) == 0)
			env_level = level;
}

/* The level of the default sink: that of the environment, read once. */
static int default_level(void)
{
	pthread_once(&env_once, read_env);
	return env_level;
}

static int clamp_level(int level)
{
	if (level < VIRTIO_LOG_NONE)
		return VIRTIO_LOG_NONE;
	return level > VIRTIO_LOG_DEBUG ? VIRTIO_LOG_DEBUG : level;
}

void virtio_log_set(virtio_log_cb cb, void *ctx, int level)
{
	level = cb ? clamp_level(level) : default_level();
	pthread_mutex_lock(&sink.lock);
	sink.cb = cb;
	sink.ctx = ctx;
	/* Relaxed: a message may pass or miss the filter just as the level
	 * changes; which sink it reaches is decided under the lock. */
	atomic_store_explicit(&sink.level, level, memory_order_relaxed);
	pthread_mutex_unlock(&sink.lock);
}

/* One write per line, so that lines of several threads do not mix. */
static void write_stderr(int level, const char *msg)
{
	char line[MESSAGE_SIZE + 32];
	size_t len = text_format(line, sizeof(line) - 1, "virtio-poll: %s: %s",
				 level_names[level], msg);
	ssize_t n;

	line[len++] = '\n';
	do
		n = write(STDERR_FILENO, line, len);
	while (n < 0 && errno == EINTR);
}

static void deliver(int level, const char *msg)
{
	virtio_log_cb cb;
	void *ctx;

	pthread_mutex_lock(&sink.lock);
	cb = sink.cb;
	ctx = sink.ctx;
	pthread_mutex_unlock(&sink.lock);
	if (cb)
		cb(level, msg, ctx);
	else if (level <= default_level())
		write_stderr(level, msg);
}

void virtio_log(int level, const char *fmt, ...)
{
	int saved_errno = errno;
	char msg[MESSAGE_SIZE];
	va_list args;

	if (level > atomic_load_explicit(&sink.level, memory_order_relaxed) ||
	    level <= VIRTIO_LOG_NONE)
		return;
	va_start(args, fmt);
	text_vformat(msg, sizeof(msg), fmt, args);
	va_end(args);
	deliver(level, msg);
	errno = saved_errno;
}
