/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Colours, where somebody sees them: standard output is a terminal, TERM is
 * neither missing nor "dumb", and NO_COLOR is not set to anything. They stress
 * a word and never carry meaning of their own.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report-text.h"
#include "terminal.h"

static const struct {
	const char *word;
	const char *begin;
} colours[] = {
	{ "PASS", "\033[32m" },
	{ "FAIL", "\033[1;31m" },
	{ "WARN", "\033[33m" },
	{ "SKIP", "\033[2m" },
};

static bool is_wanted(void)
{
	const char *none = getenv("NO_COLOR");

	return !(none && *none) && terminal_is_capable(STDOUT_FILENO);
}

void text_put_result(const char *text, int width)
{
	const char *begin = NULL;

	for (unsigned i = 0; i < sizeof(colours) / sizeof(*colours); i++)
		if (!strcmp(text, colours[i].word) && is_wanted())
			begin = colours[i].begin;
	if (begin)
		fputs(begin, stdout);
	text_put_padded(text, width);
	if (begin)
		fputs("\033[0m", stdout);
}
