/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * help [COMMAND], and what --help prints: all of it out of the records, so
 * that it cannot say anything else than what is parsed.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>

#include "command.h"

/* Column in which the text of an option begins. */
#define OPTION_COLUMN 24

void print_overview(void)
{
	printf("usage: " PROGRAM " COMMAND [OPTION...] [ARGUMENT...]\n\n"
	       "Looks at virtio devices and drives them from user space.\n\n"
	       "commands:\n");
	for (const struct command *const *c = commands; *c; c++)
		printf("  %-10s %s\n", (*c)->name, (*c)->summary);
	printf("\noptions:\n"
	       "  %-10s this text; '" PROGRAM " COMMAND --help' for one command\n"
	       "  %-10s the version\n\n"
	       "An ADDRESS is BACKEND:PLACE[,KEY=VALUE...], as 'vhost-user:/run/x.sock',\n"
	       "'loopback:blk,size=64M' or 'pci:0000:00:04.0'. The exit status is 0 done,\n"
	       "1 failed, 2 wrong usage, 130 interrupted; see " PROGRAM "(1).\n",
	       "--help", "--version");
}

static void print_option(const char *name, const char *value, const char *help)
{
	char left[64];

	snprintf(left, sizeof(left), "--%s%s%s", name, value ? " " : "", value ? value : "");
	printf("  %-*s%s\n", OPTION_COLUMN - 2, left, help);
}

void print_command_help(const struct command *command)
{
	printf("usage: " PROGRAM " %s [OPTION...]%s%s\n\n%c%s.\n", command->name,
	       *command->arguments ? " " : "", command->arguments,
	       toupper((unsigned char)command->summary[0]), command->summary + 1);
	if (command->details)
		printf("\n%s\n", command->details);
	printf("\noptions:\n");
	for (const struct option_spec *o = command->options; o && o->name; o++)
		print_option(o->name, o->value, o->help);
	if (!command->no_report)
		print_option("json", NULL, "the same facts as one JSON object");
	print_option("help", NULL, "this text");
}

static int run_help(const struct invocation *call)
{
	const struct command *command;

	if (!call->n_args) {
		print_overview();
		return EXIT_DONE;
	}
	command = command_find(call->args[0]);
	if (!command) {
		complain("help: unknown command '%s'", call->args[0]);
		return EXIT_USAGE;
	}
	print_command_help(command);
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "this list, or the options of a command",
	.max_args = 1,
	.no_report = true,
	.run = run_help,
};
