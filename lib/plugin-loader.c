/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loader's table: every plugin that was loaded and every file that was
 * refused, as long as the process lives.
 *
 * The first NAME.so of the search path wins, and the plugin that was loaded
 * for a name stays the one of that name. A refused file is looked at anew
 * each time it is asked for, since its cause may have been mended. The lock
 * guards the list and is never held while a plugin's code runs.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>

#include "plugin-file.h"
#include "plugin-loader.h"
#include "plugin-path.h"
#include "text.h"

static struct {
	pthread_mutex_t lock;
	struct plugin *newest;	/* the list; entries never change and are never freed */
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The lock is held. */
static struct plugin *find_loaded(const char *name)
{
	for (struct plugin *p = table.newest; p; p = p->next)
		if (!p->error && strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

/* The lock is held. An entry that says the same of the same file. */
static struct plugin *find_same(const struct plugin *plugin)
{
	for (struct plugin *p = table.newest; p; p = p->next)
		if (p->error == plugin->error && strcmp(p->path, plugin->path) == 0 &&
		    strcmp(p->reason, plugin->reason) == 0)
			return p;
	return NULL;
}

static struct plugin *table_loaded(const char *name)
{
	struct plugin *plugin;

	pthread_mutex_lock(&table.lock);
	plugin = find_loaded(name);
	pthread_mutex_unlock(&table.lock);
	return plugin;
}

/* Owns plugin. Another thread may have been first: then its entry counts. */
static struct plugin *table_put(struct plugin *plugin)
{
	struct plugin *old;

	pthread_mutex_lock(&table.lock);
	old = find_loaded(plugin->name);
	if (!old)
		old = find_same(plugin);
	if (!old) {
		plugin->next = table.newest;
		table.newest = plugin;
	}
	pthread_mutex_unlock(&table.lock);
	if (!old)
		return plugin;
	plugin_file_free(plugin);
	return old;
}

/* The plugin of that name, loaded or refused; *plugin is NULL if there is no file. */
static int get(const struct plugin_path *path, const char *name, const struct plugin **plugin)
{
	struct plugin *fresh;
	int i;

	*plugin = table_loaded(name);
	if (*plugin)
		return 0;
	/* A slash would lead out of the folder. */
	i = strchr(name, '/') ? -1 : plugin_path_search(path, name);
	if (i < 0)
		return 0;
	fresh = plugin_file_load(path->folders[i], name);
	if (!fresh)
		return virtio_set_error(ENOMEM, "no memory to load the plugin \"%s\"", name);
	*plugin = table_put(fresh);
	return 0;
}

/* "A, B and C" of the folders, cut at the end of buf. */
static const char *join_folders(const struct plugin_path *path, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < path->n && len + 1 < size; i++)
		len += text_format(buf + len, size - len, "%s%s",
				   i == 0 ? "" : i + 1 < path->n ? ", " : " and ",
				   path->folders[i]);
	return buf;
}

static int missing(const struct plugin_path *path, const char *name)
{
	char folders[256];
	char **names;
	const char *near;
	int err = plugin_path_names(path, &names);

	if (err)
		return err;
	near = plugin_name_near(names, name);
	join_folders(path, folders, sizeof(folders));
	if (near)
		err = virtio_set_error(ENOENT, "there is no backend \"%.64s\", did you mean "
				       "\"%s\"? %.64s.so is not in %s", name, near, name, folders);
	else
		err = virtio_set_error(ENOENT, "there is no backend \"%.64s\": %.64s.so is not in "
				       "%s; install it or name its folder in "
				       "VIRTIO_POLL_PLUGIN_PATH", name, name, folders);
	plugin_names_free(names);
	return err;
}

int plugin_find(const char *name, const struct plugin **plugin)
{
	struct plugin_path path;
	int err = plugin_path_get(&path);

	if (err)
		return err;
	err = get(&path, name, plugin);
	if (!err && !*plugin)
		err = missing(&path, name);
	else if (!err && (*plugin)->error)
		err = virtio_set_error(-(*plugin)->error, "%s", (*plugin)->reason);
	plugin_path_free(&path);
	return err;
}

static int load_all(void)
{
	struct plugin_path path;
	char **names = NULL;
	int err = plugin_path_get(&path);

	if (err)
		return err;
	err = plugin_path_names(&path, &names);
	for (char **name = names; !err && *name; name++) {
		const struct plugin *plugin;

		err = get(&path, *name, &plugin);
	}
	plugin_names_free(names);
	plugin_path_free(&path);
	return err;
}

static int compare_plugins(const void *a, const void *b)
{
	const struct plugin *const *left = a, *const *right = b;
	int names = strcmp((*left)->name, (*right)->name);

	return names ? names : strcmp((*left)->path, (*right)->path);
}

static bool is_listed(const struct plugin *const *list, size_t n, const struct plugin *plugin)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->path, plugin->path) == 0)
			return true;
	return false;
}

/* The lock is held. The newest verdict on each file. */
static const struct plugin **copy_table(size_t *n)
{
	const struct plugin **list;
	size_t room = 1;

	for (const struct plugin *p = table.newest; p; p = p->next)
		room++;
	list = calloc(room, sizeof(*list));
	*n = 0;
	for (const struct plugin *p = table.newest; list && p; p = p->next)
		if (!is_listed(list, *n, p))
			list[(*n)++] = p;
	return list;
}

int plugin_list(const struct plugin ***list)
{
	size_t n;
	int err = load_all();

	if (err)
		return err;
	pthread_mutex_lock(&table.lock);
	*list = copy_table(&n);
	pthread_mutex_unlock(&table.lock);
	if (!*list)
		return virtio_set_error(ENOMEM, "no memory for the list of plugins");
	qsort(*list, n, sizeof(**list), compare_plugins);
	return 0;
}
