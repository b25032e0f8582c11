/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads /proc/self/mountinfo and /proc/swaps. A mount is known by the number
 * of its device or, where the file system has a number of its own (btrfs), by
 * the block device that it names as its source.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mounts.h"

/* One line of mountinfo; the words point into it. */
struct mount {
	const char *number;
	const char *where;
	const char *type;
	const char *source;
};

struct wanted {
	const char *device;
	const char *number;
	const char *type;
	const char *source;
};

static bool is_octal(char c)
{
	return c >= '0' && c < '8';
}

/* A blank, a tab, a newline or a backslash is "\\ooo" in /proc. */
static char *decode(char *word)
{
	char *to = word;

	for (const char *p = word; *p; to++) {
		if (*p == '\\' && is_octal(p[1]) && is_octal(p[2]) && is_octal(p[3])) {
			*to = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 4;
		} else {
			*to = *p++;
		}
	}
	*to = '\0';
	return word;
}

/* "36 35 98:0 /root /where options [optional...] - type source options" */
static bool split_line(char *line, struct mount *m)
{
	char *rest = line;
	char *word = NULL;

	memset(m, 0, sizeof(*m));
	for (int i = 0; i < 5 && rest; i++) {
		word = strsep(&rest, " \n");
		if (i == 2)
			m->number = word;
	}
	if (!rest)
		return false;
	m->where = decode(word);
	while ((word = strsep(&rest, " \n")) && strcmp(word, "-"))
		;
	if (!rest)
		return false;
	m->type = strsep(&rest, " \n");
	word = strsep(&rest, " \n");
	m->source = word ? decode(word) : NULL;
	return m->source;
}

/* Is the path that of the block device? */
static bool names_device(const char *path, const char *device, const char *number)
{
	static const char folder[] = "/dev/";
	char text[32];
	struct stat st;

	/* Elsewhere there may be a server that does not answer. */
	if (strncmp(path, folder, sizeof(folder) - 1))
		return false;
	if (!strcmp(path + sizeof(folder) - 1, device))
		return true;
	if (stat(path, &st) || !S_ISBLK(st.st_mode))
		return false;
	snprintf(text, sizeof(text), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return !strcmp(text, number);
}

static bool is_wanted(const struct mount *m, const struct wanted *w)
{
	if (w->type)
		return !strcmp(m->type, w->type) && (!w->source || !strcmp(m->source, w->source));
	return !strcmp(m->number, w->number) || names_device(m->source, w->device, w->number);
}

static bool find_mount(const struct wanted *w, char *where, size_t size)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	struct mount m;
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (f && !found && getline(&line, &room, f) > 0)
		found = split_line(line, &m) && is_wanted(&m, w);
	if (found)
		snprintf(where, size, "%s", m.where);
	free(line);
	if (f)
		fclose(f);
	return found;
}

bool mount_of_block(const char *device, const char *number, char *where, size_t size)
{
	struct wanted w = { .device = device, .number = number };

	return find_mount(&w, where, size);
}

bool mount_of_type(const char *type, const char *source, char *where, size_t size)
{
	struct wanted w = { .type = type, .source = source };

	return find_mount(&w, where, size);
}

bool is_swap(const char *device, const char *number)
{
	FILE *f = fopen("/proc/swaps", "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (f && !found && getline(&line, &room, f) > 0) {
		line[strcspn(line, " \t\n")] = '\0';
		found = names_device(decode(line), device, number);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}
