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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	&command_features,
	&command_selftest,
	&command_help,
	NULL,
};

void complain(const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* A path or a plugin's text is no reason to send a terminal control bytes. */
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
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
static int end_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
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

int main(int argc, char **argv)
{
	interrupt_init();
	return end_output(dispatch(argc, argv));
}
