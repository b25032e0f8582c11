/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One line of text in a buffer of fixed size: what error sentences, log
 * messages and refusals are made with.
 *
 * Whatever the values hold, the result is one line: control characters become
 * spaces, and what does not fit is cut off between two UTF-8 characters.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stddef.h>

/* Formats into size bytes at buf (at least 1) and returns the length. */
size_t text_vformat(char *buf, size_t size, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));
size_t text_format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Bytes of the longest start of s[0..len) that ends between two characters. */
size_t text_cut(const char *s, size_t len);

/* Length of the valid UTF-8 character at s, 1 to 4; 0 if there is none. */
size_t text_utf8_len(const char *s);

#endif /* TEXT_H */
