/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of a command line, read by the table in the command's record.
 *
 * --json and --help belong to every command and stand in no table. The
 * option_* functions are what a table names to read one kind of value.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "command.h"

/* Longest table. */
#define OPTIONS_MAX 16

/*
 * Reads argv (argv[0] is the command's name) into call and settings. 0; 1 if
 * help was asked for; -EINVAL after a sentence.
 */
int options_parse(const struct command *command, int argc, char **argv, void *settings,
		  struct invocation *call);

int option_switch(const struct option_spec *spec, const char *text, void *field);	/* bool */
int option_string(const struct option_spec *spec, const char *text, void *field);	/* const char * */
int option_choice(const struct option_spec *spec, const char *text, void *field);	/* unsigned */
int option_count(const struct option_spec *spec, const char *text, void *field);	/* uint64_t */
/* With K, M, G or T, binary: uint64_t. */
int option_size(const struct option_spec *spec, const char *text, void *field);
/* Seconds, a fraction allowed, into milliseconds: uint64_t; min and max too. */
int option_seconds(const struct option_spec *spec, const char *text, void *field);
/* The name of a device type into its ID: uint16_t. */
int option_type(const struct option_spec *spec, const char *text, void *field);

#endif /* OPTIONS_H */
