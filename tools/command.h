/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a subcommand is: one constant record at the end of its own file.
 *
 * main.c searches the records, options.c reads the options by their tables;
 * both know no command by itself. How the program speaks and ends is here too.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM "virtio-poll-ctl"

/* How the program ends; virtio-poll-ctl(1) promises these numbers. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,	/* the device, a file, an absent backend */
	EXIT_USAGE = 2,		/* the command line, the grammar of an address */
	EXIT_SKIPPED = 77,	/* selftest without the loopback plugin */
	EXIT_INTERRUPTED = 130,	/* SIGINT or SIGTERM */
};

/* One option of a command; the table ends with a NULL name. */
struct option_spec {
	const char *name;	/* without the dashes */
	const char *value;	/* what stands for its value, NULL for a switch */
	const char *help;	/* one line, with the default */
	/* Reads text (NULL for a switch) into field. 0, or -EINVAL after a sentence. */
	int (*parse)(const struct option_spec *spec, const char *text, void *field);
	size_t offset;		/* of the field in the command's settings */
	uint64_t min;		/* of a number */
	uint64_t max;
	const char *const *choices; /* of a word, ends with NULL */
};

/* What the user typed. */
struct invocation {
	const struct command *command;
	const void *settings;	/* defaults, then the options that were given */
	char **args;
	int n_args;
	bool json;
};

struct command {
	const char *name;
	const char *arguments;	/* as the usage line shows them, "" for none */
	const char *summary;	/* for the list of commands */
	const char *details;	/* for its --help; lines of up to 78 columns, or NULL */
	const struct option_spec *options;	/* NULL for none of its own */
	const void *defaults;	/* copied before the options are read, or NULL */
	size_t settings_size;
	int min_args;
	int max_args;
	bool no_report;		/* takes no --json */
	int (*run)(const struct invocation *call);	/* the exit status */
};

/* Every command, in the order that help shows; ends with NULL. */
extern const struct command *const commands[];

extern const struct command command_backends;
extern const struct command command_bench;
extern const struct command command_bind;
extern const struct command command_copy;
extern const struct command command_doctor;
extern const struct command command_features;
extern const struct command command_help;
extern const struct command command_info;
extern const struct command command_list;
extern const struct command command_probe;
extern const struct command command_selftest;
extern const struct command command_unbind;

const struct command *command_find(const char *name);

/* What `help` and `--help` print. */
void print_overview(void);
void print_command_help(const struct command *command);

/* Bytes of the UTF-8 character that begins here, 1 if none does; and whether it can be
 * printed: a terminal might obey a control character, so what comes from outside is
 * printed without. */
size_t character_length(const char *text, bool *printable);

/* One line on stderr, "virtio-poll-ctl: " before it. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* COMMAND_H */
