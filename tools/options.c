/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads the options of a command by its table, with getopt_long() below.
 *
 * Called by main.c once per run. Every refusal is one sentence that names the
 * option, the value and what is allowed. Knows no command.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <virtio-poll/names.h>

#include "options.h"

/* Values that getopt_long() returns; a table's own start at OWN. */
enum { OPT_HELP = 'h', OPT_JSON = 0x100, OPT_OWN = 0x200 };

static int refuse(const struct option_spec *spec, const char *text, const char *allowed)
{
	complain("--%s=%s: %s", spec->name, text, allowed);
	return -EINVAL;
}

int option_switch(const struct option_spec *spec, const char *text, void *field)
{
	(void)spec;
	(void)text;
	*(bool *)field = true;
	return 0;
}

int option_string(const struct option_spec *spec, const char *text, void *field)
{
	(void)spec;
	*(const char **)field = text;
	return 0;
}

int option_choice(const struct option_spec *spec, const char *text, void *field)
{
	char allowed[128] = "use";

	for (unsigned i = 0; spec->choices[i]; i++) {
		size_t len = strlen(allowed);

		if (!strcmp(spec->choices[i], text)) {
			*(unsigned *)field = i;
			return 0;
		}
		snprintf(allowed + len, sizeof(allowed) - len, "%s%s", i ? ", " : " ",
			 spec->choices[i]);
	}
	return refuse(spec, text, allowed);
}

/* The digits at *text, decimal; *text moves behind them. */
static int take_digits(const char **text, uint64_t *value)
{
	const char *p = *text;
	uint64_t v = 0;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (v > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		v = v * 10 + digit;
	}
	*text = p;
	*value = v;
	return 0;
}

static int check_range(const struct option_spec *spec, const char *text, uint64_t value,
		       void *field)
{
	char allowed[96];

	if (value >= spec->min && value <= spec->max) {
		*(uint64_t *)field = value;
		return 0;
	}
	snprintf(allowed, sizeof(allowed), "use %" PRIu64 " to %" PRIu64, spec->min, spec->max);
	return refuse(spec, text, allowed);
}

int option_count(const struct option_spec *spec, const char *text, void *field)
{
	const char *p = text;
	uint64_t value;

	if (take_digits(&p, &value) || *p)
		return refuse(spec, text, "use a whole number");
	return check_range(spec, text, value, field);
}

int option_size(const struct option_spec *spec, const char *text, void *field)
{
	static const char units[] = "KMGT";
	const char *p = text;
	uint64_t value;

	if (take_digits(&p, &value))
		return refuse(spec, text, "use bytes, or a number with K, M, G or T");
	if (*p) {
		const char *unit = strchr(units, toupper((unsigned char)*p));
		unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

		if (!shift || p[1] || value > UINT64_MAX >> shift)
			return refuse(spec, text, "use bytes, or a number with K, M, G or T");
		value <<= shift;
	}
	return check_range(spec, text, value, field);
}

int option_seconds(const struct option_spec *spec, const char *text, void *field)
{
	const char *p = text;
	uint64_t whole, ms = 0;
	char allowed[96];

	snprintf(allowed, sizeof(allowed), "use seconds from %g to %" PRIu64,
		 (double)spec->min / 1000, spec->max / 1000);
	/* ".5" has no whole seconds. */
	if (*p == '.' && isdigit((unsigned char)p[1]))
		whole = 0;
	else if (take_digits(&p, &whole) || whole > spec->max / 1000)
		return refuse(spec, text, allowed);
	if (*p == '.') {
		unsigned scale = 100;

		for (p++; isdigit((unsigned char)*p); p++, scale /= 10)
			ms += (unsigned)(*p - '0') * scale;
	}
	ms += whole * 1000;
	if (*p || ms < spec->min || ms > spec->max)
		return refuse(spec, text, allowed);
	*(uint64_t *)field = ms;
	return 0;
}

int option_type(const struct option_spec *spec, const char *text, void *field)
{
	uint16_t id = virtio_device_type_id(text);

	if (!id)
		return refuse(spec, text, "use a device type: block, network, scsi, fs, ...");
	*(uint16_t *)field = id;
	return 0;
}

static void fill_table(const struct command *command, struct option *table)
{
	const struct option_spec *specs = command->options;

	*table++ = (struct option){ "help", no_argument, NULL, OPT_HELP };
	if (!command->no_report)
		*table++ = (struct option){ "json", no_argument, NULL, OPT_JSON };
	for (int i = 0; specs && specs[i].name && i < OPTIONS_MAX; i++)
		*table++ = (struct option){ specs[i].name,
			specs[i].value ? required_argument : no_argument, NULL, OPT_OWN + i };
	*table = (struct option){ NULL, 0, NULL, 0 };
}

static int bad_option(const struct command *command, int what, char **argv)
{
	const char *word = optind > 0 ? argv[optind - 1] : "";

	if (what == ':')
		complain("%s: %s needs a value", command->name, word);
	else if (optopt >= OPT_JSON || (optopt == OPT_HELP && word[1] == '-'))
		complain("%s: %s takes no value", command->name, word);
	else if (optopt)
		complain("%s: unknown option -%c (try '" PROGRAM " %s --help')", command->name,
			 optopt, command->name);
	else
		complain("%s: unknown option %s (try '" PROGRAM " %s --help')", command->name,
			 word, command->name);
	return -EINVAL;
}

static int check_args(const struct command *command, int n)
{
	if (n >= command->min_args && n <= command->max_args)
		return 0;
	complain("%s: too %s arguments: use '" PROGRAM " %s%s%s'", command->name,
		 n < command->min_args ? "few" : "many", command->name,
		 *command->arguments ? " " : "", command->arguments);
	return -EINVAL;
}

int options_parse(const struct command *command, int argc, char **argv, void *settings,
		  struct invocation *call)
{
	struct option table[OPTIONS_MAX + 3];
	const struct option_spec *spec;
	int what, err;

	fill_table(command, table);
	opterr = 0;
	optind = 0;	/* starts glibc's getopt afresh: main() has used it on the whole line */
	while ((what = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (what == OPT_HELP)
			return 1;
		if (what == OPT_JSON) {
			call->json = true;
			continue;
		}
		if (what < OPT_OWN)
			return bad_option(command, what, argv);
		spec = &command->options[what - OPT_OWN];
		err = spec->parse(spec, optarg, (char *)settings + spec->offset);
		if (err)
			return err;
	}
	call->args = argv + optind;
	call->n_args = argc - optind;
	return check_args(command, call->n_args);
}
