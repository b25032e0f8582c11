/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * virtio-poll-ctl: finds the command's record, reads its options, runs it.
 *
 * A user of the library like any other: only <virtio-poll/...> is included,
 * here and in every file of this folder. What a command does stands in the
 * file of its name, and its record at the end of that.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <virtio-poll/version.h>

#include "command.h"
#include "interrupt.h"
#include "options.h"
#include "progress.h"

const struct command *const commands[] = {
	&command_list,
	&command_info,
	&command_probe,
	&command_backends,
	&command_copy,
	&command_bench,
	&command_doctor,
	&command_bind,
	&command_unbind,
	&command_features,
	&command_selftest,
	&command_help,
	NULL,
};

/* How many bytes a character has that begins with this one; 0 if none does. */
static size_t utf8_length(unsigned char c)
{
	if (c < 0x80)
		return 1;
	return c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

size_t character_length(const char *text, bool *printable)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t len = utf8_length(*c);

	for (size_t i = 1; i < len; i++)
		if ((c[i] & 0xc0) != 0x80)
			len = 0;
	/* What is no UTF-8 a terminal may take for Latin-1, where 0x9b is a control, as
	 * U+009B is: both are what ESC [ is. */
	*printable = len && *c >= ' ' && *c != 0x7f && !(*c == 0xc2 && c[1] < 0xa0);
	return len ? len : 1;
}

void complain(const char *fmt, ...)
{
	char line[1024];
	bool printable;
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* A path or a plugin's text is no reason to send a terminal control bytes. */
	for (char *p = line; *p; p += len) {
		len = character_length(p, &printable);
		if (!printable)
			memset(p, '?', len);
	}
	progress_clear();
	fprintf(stderr, PROGRAM ": %s\n", line);
}

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

static int print_version(void)
{
	printf(PROGRAM " %s\n", VIRTIO_POLL_VERSION);
	return EXIT_DONE;
}

/* What was buffered has to arrive, or the status would promise too much. */
/* As in `... | head -n 1`, where it is nothing to complain of. */
static bool reader_has_gone(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

static int end_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (!reader_has_gone())
		complain("cannot write to standard output: %s", strerror(errno));
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct invocation call = { .command = command };
	void *settings = calloc(1, command->settings_size ? command->settings_size : 1);
	int status;

	if (!settings) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	if (command->defaults)
		memcpy(settings, command->defaults, command->settings_size);
	call.settings = settings;

	status = options_parse(command, argc, argv, settings, &call);
	if (status > 0) {
		print_command_help(command);
		status = EXIT_DONE;
	} else if (status < 0) {
		status = EXIT_USAGE;
	} else {
		status = command->run(&call);
	}
	free(settings);
	return status;
}

static int dispatch(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct command *command;

	if (!word) {
		complain("which command? (try '" PROGRAM " --help')");
		return EXIT_USAGE;
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
		print_overview();
		return EXIT_DONE;
	}
	if (!strcmp(word, "--version") || !strcmp(word, "-V"))
		return print_version();
	command = command_find(word);
	if (!command) {
		complain("unknown %s '%s' (try '" PROGRAM " --help')",
			 *word == '-' ? "option" : "command", word);
		return EXIT_USAGE;
	}
	return run_command(command, argc - 1, argv + 1);
}

/*
 * A standard descriptor that is closed would become that of an image or a
 * socket, and be written to. Opened for the wrong direction, so that output
 * that has nowhere to go is still a failure.
 */
static bool fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	int status;

	if (!fill_standard_descriptors())
		return EXIT_FAILED;
	interrupt_init();
	status = dispatch(argc, argv);
	/* Also where what was asked for was done, or failed, before it was noticed. */
	if (interrupted())
		status = EXIT_INTERRUPTED;
	return end_output(status);
}
