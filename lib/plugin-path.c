/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The folders that plugins are looked for in, and the files in them.
 *
 * plugin-loader.c calls this. Names and folders only: no file is opened here,
 * and no verdict passed.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <virtio-poll/backend.h>

#include "plugin-path.h"

/* configure says where; a build by hand finds what is installed here. */
#ifndef VIRTIO_POLL_PLUGIN_DIR
#define VIRTIO_POLL_PLUGIN_DIR "/usr/local/lib/virtio-poll/0"
#endif

#define SUFFIX		".so"
#define MAX_NAME	64
#define NEAR		2	/* most edits between a misspelt name and the right one */

bool plugin_name_is_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return name[0] != '-' && len > 0 && len <= MAX_NAME && name[len] == '\0';
}

static int no_memory(void)
{
	return virtio_set_error(ENOMEM, "no memory to look for plugins");
}

static size_t count_colons(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == ':';
	return n;
}

int plugin_path_get(struct plugin_path *path)
{
	const char *env = secure_getenv("VIRTIO_POLL_PLUGIN_PATH");
	char *at, *state;

	path->n = 0;
	path->text = strdup(env ? env : "");
	path->folders = calloc(count_colons(env ? env : "") + 2, sizeof(*path->folders));
	if (!path->text || !path->folders) {
		plugin_path_free(path);
		return no_memory();
	}
	/* strtok_r passes over empty elements. */
	for (at = strtok_r(path->text, ":", &state); at; at = strtok_r(NULL, ":", &state))
		path->folders[path->n++] = at;
	path->folders[path->n++] = VIRTIO_POLL_PLUGIN_DIR;
	return 0;
}

void plugin_path_free(struct plugin_path *path)
{
	free(path->folders);
	free(path->text);
	path->folders = NULL;
	path->text = NULL;
	path->n = 0;
}

int plugin_path_search(const struct plugin_path *path, const char *name)
{
	for (size_t i = 0; i < path->n; i++) {
		char file[PATH_MAX];
		struct stat st;
		int n = snprintf(file, sizeof(file), "%s/%s" SUFFIX, path->folders[i], name);

		if (n < 0 || (size_t)n >= sizeof(file))
			continue;
		/* What cannot be looked at is there: the loader says why. */
		if (stat(file, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
			return (int)i;
	}
	return -1;
}

/* A list of names that grows; failed is set when memory ran out. */
struct names {
	char **list;
	size_t n;
	size_t room;
	bool failed;
};

static void add_name(struct names *names, const char *name, size_t len)
{
	if (names->n + 2 > names->room) {
		size_t room = names->room ? 2 * names->room : 16;
		char **list = reallocarray(names->list, room, sizeof(*list));

		if (!list) {
			names->failed = true;
			return;
		}
		names->list = list;
		names->room = room;
	}
	names->list[names->n] = strndup(name, len);
	if (names->list[names->n])
		names->n++;
	else
		names->failed = true;
	names->list[names->n] = NULL;
}

static void add_folder(struct names *names, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	/* A folder that is absent holds no plugins; that is no error. */
	if (!dir)
		return;
	while (!names->failed && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);
		size_t suffix = sizeof(SUFFIX) - 1;

		if (entry->d_name[0] != '.' && len > suffix &&
		    strcmp(entry->d_name + len - suffix, SUFFIX) == 0)
			add_name(names, entry->d_name, len - suffix);
	}
	closedir(dir);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void drop_doubles(struct names *names)
{
	size_t kept = 0;

	qsort(names->list, names->n, sizeof(*names->list), compare_names);
	for (size_t i = 0; i < names->n; i++) {
		if (kept > 0 && strcmp(names->list[kept - 1], names->list[i]) == 0)
			free(names->list[i]);
		else
			names->list[kept++] = names->list[i];
	}
	names->list[kept] = NULL;
	names->n = kept;
}

int plugin_path_names(const struct plugin_path *path, char ***list)
{
	struct names names = { NULL, 0, 0, false };

	for (size_t i = 0; i < path->n && !names.failed; i++)
		add_folder(&names, path->folders[i]);
	if (!names.list && !names.failed)
		names.list = calloc(1, sizeof(*names.list));
	if (names.failed || !names.list) {
		plugin_names_free(names.list);
		return no_memory();
	}
	drop_doubles(&names);
	*list = names.list;
	return 0;
}

void plugin_names_free(char **names)
{
	for (char **name = names; name && *name; name++)
		free(*name);
	free(names);
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* How many letters to insert, drop or change to make b of a; both at most MAX_NAME. */
static unsigned edit_distance(const char *a, const char *b)
{
	size_t b_len = strlen(b);
	unsigned row[MAX_NAME + 1];	/* row[j]: from the start of a to the first j of b */

	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
				       diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_len];
}

const char *plugin_name_near(char *const *names, const char *name)
{
	const char *best = NULL;
	unsigned best_distance = NEAR + 1;

	if (strlen(name) > MAX_NAME)
		return NULL;
	for (; *names; names++) {
		unsigned distance;

		/* In a name of two letters everything is two edits away. */
		if (!plugin_name_is_valid(*names) || strlen(*names) <= NEAR ||
		    !strcmp(*names, name))
			continue;
		distance = edit_distance(name, *names);
		if (distance < best_distance) {
			best_distance = distance;
			best = *names;
		}
	}
	return best;
}
