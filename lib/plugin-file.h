/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One plugin file: loading it and the verdict on it.
 */
#ifndef PLUGIN_FILE_H
#define PLUGIN_FILE_H

struct plugin;

/*
 * Loads folder/name.so and judges it. The result says which: error is 0, or
 * error and reason say why it was refused. NULL: no memory. Holds no lock.
 */
struct plugin *plugin_file_load(const char *folder, const char *name);

/* Frees the record; what was loaded stays loaded. */
void plugin_file_free(struct plugin *plugin);

#endif /* PLUGIN_FILE_H */
