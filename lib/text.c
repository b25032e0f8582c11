/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One line of text in a buffer of fixed size.
 *
 * error.c, log.c and the plugin loader write their sentences with it. It
 * allocates nothing and keeps errno.
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "text.h"

/* Bytes that the first byte of a character announces; 0 if it is no first byte. */
static size_t announced_len(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	return 0;
}

/* The second byte rules out overlong forms, surrogates and what is past U+10FFFF. */
static int second_byte_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return 1;
	}
}

size_t text_utf8_len(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len = announced_len(u[0]);

	/* A NUL is no continuation byte, so this stops at the end of s. */
	for (size_t i = 1; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	if (len > 1 && !second_byte_fits(u[0], u[1]))
		return 0;
	return len;
}

size_t text_cut(const char *s, size_t len)
{
	size_t start = len;

	while (start > 0 && len - start < 3 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && announced_len((unsigned char)s[start - 1]) > len - (start - 1))
		return start - 1;
	return len;
}

static void blank_controls(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
}

size_t text_vformat(char *buf, size_t size, const char *fmt, va_list args)
{
	int saved_errno = errno;
	int n = vsnprintf(buf, size, fmt, args);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= size)
		len = text_cut(buf, size - 1);
	buf[len] = '\0';
	blank_controls(buf);
	errno = saved_errno;
	return len;
}

size_t text_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = text_vformat(buf, size, fmt, args);
	va_end(args);
	return len;
}
