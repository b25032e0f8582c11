/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See terminal.h. Shared by colours and progress.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "terminal.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MAX 120

bool terminal_is_capable(int fd)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") != 0 && isatty(fd);
}

unsigned terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return WIDTH_DEFAULT;
	return size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col;
}
