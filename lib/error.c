/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each thread remembers between calls: the public call that runs on it,
 * that call's deadline, and the sentence of the last failure.
 *
 * Everything here is thread-local, so nothing here locks. Data calls leave
 * their error unformatted, since "queue full" happens at every turn and is
 * rarely read.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/error.h>

#include "call.h"
#include "text.h"

#define ERROR_SIZE 512		/* 511 bytes and the NUL */

static _Thread_local struct {
	const char *call;	/* the outermost public call, NULL outside of one */
	uint64_t deadline_ms;
	bool has_error;
	const char *lazy_fmt;	/* not NULL: text is still to be made of this */
	const char *lazy_call;
	uint64_t lazy_args[3];
	char text[ERROR_SIZE];
} self;

uint64_t call_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct call call_begin(const char *name, int timeout_ms)
{
	struct call call = { .outer = !self.call };

	if (call.outer) {
		self.call = name;
		self.deadline_ms = call_now_ms() + (timeout_ms > 0 ? (uint64_t)timeout_ms : 0);
		self.has_error = false;
	}
	return call;
}

void call_end(struct call *call)
{
	if (call->outer)
		self.call = NULL;
}

struct call_pause call_pause(void)
{
	struct call_pause pause = {
		.name = self.call,
		.deadline_ms = self.deadline_ms,
		.has_error = self.has_error,
	};

	self.call = NULL;
	return pause;
}

void call_resume(const struct call_pause *pause)
{
	self.call = pause->name;
	self.deadline_ms = pause->deadline_ms;
	self.has_error = pause->has_error;
}

uint64_t call_deadline(int timeout_ms)
{
	uint64_t old = self.deadline_ms;

	self.deadline_ms = call_now_ms() + (timeout_ms > 0 ? (uint64_t)timeout_ms : 0);
	return old;
}

void call_put_deadline(uint64_t deadline_ms)
{
	self.deadline_ms = deadline_ms;
}

int virtio_time_left(void)
{
	uint64_t now, left;

	if (!self.call)
		return DEFAULT_TIMEOUT_MS;
	now = call_now_ms();
	left = self.deadline_ms > now ? self.deadline_ms - now : 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

bool call_has_error(void)
{
	return self.has_error;
}

void call_forget_error(void)
{
	self.has_error = false;
}

/* text may not be self.text. */
static void set_text(const char *call, const char *text)
{
	if (call)
		text_format(self.text, sizeof(self.text), "%s: %s", call, text);
	else
		text_format(self.text, sizeof(self.text), "%s", text);
}

int virtio_set_error(int err, const char *fmt, ...)
{
	/* Apart, since the arguments may point at the sentence before. */
	char text[ERROR_SIZE];
	va_list args;

	va_start(args, fmt);
	text_vformat(text, sizeof(text), fmt, args);
	va_end(args);
	set_text(self.call, text);
	self.lazy_fmt = NULL;
	self.has_error = true;
	return -abs(err);
}

int call_blame(const char *who, int error)
{
	const char *text = virtio_last_error();
	size_t skip = self.call ? strlen(self.call) : 0;

	if (!self.has_error)
		return virtio_set_error(-error, "%s: %s", who, strerror(-error));
	/* The call's name stands in front already and comes back with the new text. */
	if (skip && !strncmp(text, self.call, skip) && text[skip] == ':')
		text += skip + 2;
	return virtio_set_error(-error, "%s: %s", who, text);
}

int call_op_result(const char *op, int result)
{
	if (!call_is_result(result))
		return virtio_set_error(EPROTO, "the backend's %s returned %d, and not 0 or -errno",
					op, result);
	if (result < 0 && !self.has_error)
		return virtio_set_error(-result, "the backend's %s says: %s", op, strerror(-result));
	return result;
}

int call_set_lazy_error(const char *call, int err, const char *fmt, uint64_t a, uint64_t b,
			uint64_t c)
{
	self.lazy_fmt = fmt;
	self.lazy_call = self.call ? self.call : call;
	self.lazy_args[0] = a;
	self.lazy_args[1] = b;
	self.lazy_args[2] = c;
	self.has_error = true;
	return -err;
}

/* The format was a literal of this library where call_set_lazy_error was called. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void format_lazy(void)
{
	char text[ERROR_SIZE];

	text_format(text, sizeof(text), self.lazy_fmt, self.lazy_args[0], self.lazy_args[1],
		    self.lazy_args[2]);
	set_text(self.lazy_call, text);
	self.lazy_fmt = NULL;
}
#pragma GCC diagnostic pop

const char *virtio_last_error(void)
{
	if (self.lazy_fmt)
		format_lazy();
	return self.text;
}
