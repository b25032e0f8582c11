/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The folders that plugins are looked for in, and the files in them.
 */
#ifndef PLUGIN_PATH_H
#define PLUGIN_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* The folders, first ones first, and how many. */
struct plugin_path {
	char *text;		/* what the folders point into */
	const char **folders;
	size_t n;
};

int plugin_path_get(struct plugin_path *path);
void plugin_path_free(struct plugin_path *path);

/* Index of the first folder in which name is a file NAME.so, or -1. */
int plugin_path_search(const struct plugin_path *path, const char *name);

/*
 * The names of all NAME.so in all folders, each once, sorted; ends with NULL.
 * To be freed with plugin_names_free.
 */
int plugin_path_names(const struct plugin_path *path, char ***names);
void plugin_names_free(char **names);

/* [a-z0-9][a-z0-9-]*, at most 64 bytes. */
bool plugin_name_is_valid(const char *name);

/* The one of names that a user may have meant by name, or NULL. */
const char *plugin_name_near(char *const *names, const char *name);

#endif /* PLUGIN_PATH_H */
