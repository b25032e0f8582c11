/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One plugin file: loading it and the verdict on it, check by check, each
 * refusal with an errno and a sentence of its own.
 *
 * plugin-loader.c calls this without a lock, since a plugin's constructors
 * run in here and may call the library. Nothing is ever unloaded: a plugin
 * may have left threads, handlers or pointers behind.
 */
#include "config.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "plugin-elf.h"
#include "plugin-file.h"
#include "plugin-loader.h"
#include "plugin-path.h"
#include "text.h"

#define ENTRY		"virtio_backend_query"

typedef const struct virtio_backend *(*query_fn)(void);

/* After the two numbers a record is an array of pointers; `open` is the last required one. */
#define POINTER_SIZE	sizeof(query_fn)
#define MIN_SIZE	(offsetof(struct virtio_backend, open) + POINTER_SIZE)

static_assert(sizeof(void *) == POINTER_SIZE &&
	      offsetof(struct virtio_backend, name) % POINTER_SIZE == 0 &&
	      sizeof(struct virtio_backend) % POINTER_SIZE == 0,
	      "members are pointers without gaps");

__attribute__((format(printf, 3, 4)))
static int refuse(struct plugin *plugin, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_vformat(plugin->reason, sizeof(plugin->reason), fmt, args);
	va_end(args);
	plugin->error = -err;
	return plugin->error;
}

/* Does this process have rights that the owner of a file may lack? */
static bool is_privileged(void)
{
	return geteuid() == 0 || getauxval(AT_SECURE) != 0;
}

/* May nobody but root and this process's user change path? */
static int check_writers(struct plugin *plugin, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return refuse(plugin, errno, "%s cannot be looked at: %s", path, strerror(errno));
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return refuse(plugin, EPERM, "%s may be written by others (mode %04o) and this "
			      "process is privileged: chmod go-w it", path, st.st_mode & 07777);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return refuse(plugin, EPERM, "%s belongs to user %u and this process is "
			      "privileged: chown it to root", path, st.st_uid);
	return 0;
}

/* The folder that a symbolic link leads to may be changed by nobody either. */
static int check_real_folder(struct plugin *plugin)
{
	char *real = realpath(plugin->path, NULL), *slash = real ? strrchr(real, '/') : NULL;
	int err = 0;

	if (slash) {
		*slash = '\0';
		err = check_writers(plugin, slash == real ? "/" : real);
	}
	free(real);
	return err;
}

static int check_safe(struct plugin *plugin, const char *folder)
{
	int err;

	if (!is_privileged())
		return 0;
	err = check_writers(plugin, folder);
	if (!err)
		err = check_writers(plugin, plugin->path);
	return err ? err : check_real_folder(plugin);
}

static int check_readable(struct plugin *plugin)
{
	int fd = open(plugin->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *fault = NULL;
	struct stat st;
	int err;

	if (fd < 0)
		return refuse(plugin, errno, "%s cannot be read: %s", plugin->path,
			      strerror(errno));
	err = fstat(fd, &st) < 0 ? errno : 0;
	if (!err)
		fault = S_ISREG(st.st_mode) ? plugin_elf_fault(fd, (uint64_t)st.st_size) :
			"it is no regular file";
	close(fd);
	if (err)
		return refuse(plugin, err, "%s cannot be looked at: %s", plugin->path,
			      strerror(err));
	if (fault)
		return refuse(plugin, ENOEXEC, "%s is not a shared object that can be loaded: %s",
			      plugin->path, fault);
	return 0;
}

/* The linker's sentence without the path that it mostly begins with. */
static const char *past_path(const char *why, const char *path)
{
	size_t len = strlen(path);

	return why && !strncmp(why, path, len) && !strncmp(why + len, ": ", 2) ? why + len + 2 : why;
}

static int load_query(struct plugin *plugin, query_fn *query)
{
	void *handle = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	void *symbol;
	const char *why;

	if (!handle) {
		why = past_path(dlerror(), plugin->path);
		return refuse(plugin, ENOEXEC, "%s is not a shared object that can be loaded: %s",
			      plugin->path, why ? why : "the dynamic linker gave no reason");
	}
	symbol = dlsym(handle, ENTRY);
	if (!symbol)
		return refuse(plugin, ENOSYS, "%s does not export " ENTRY "(): it is no plugin of "
			      "this library", plugin->path);
	/* POSIX has a function's address fit, ISO C has no cast for it. */
	memcpy(query, &symbol, sizeof(*query));
	return 0;
}

static int check_header(struct plugin *plugin, const struct virtio_backend *record)
{
	if (!record)
		return refuse(plugin, ENODATA, "%s: " ENTRY "() returned NULL in place of a record",
			      plugin->path);
	plugin->abi = record->abi;
	if (record->abi != VIRTIO_BACKEND_ABI)
		return refuse(plugin, EPROTONOSUPPORT, "%s is made for plugin ABI %u, this library "
			      "has ABI %u: install the plugin that matches the library",
			      plugin->path, record->abi, VIRTIO_BACKEND_ABI);
	if (record->struct_size < MIN_SIZE)
		return refuse(plugin, EMSGSIZE, "%s: its record has %u bytes, at least %zu are "
			      "needed: begin it with VIRTIO_BACKEND_INIT", plugin->path,
			      record->struct_size, MIN_SIZE);
	return 0;
}

/* A longer record ends with members we do not know; half a member is none. */
static void copy_known(struct plugin *plugin, const struct virtio_backend *record)
{
	size_t size = record->struct_size;

	if (size > sizeof(plugin->backend))
		size = sizeof(plugin->backend);
	memcpy(&plugin->backend, record, size - size % POINTER_SIZE);
	plugin->backend.struct_size = sizeof(plugin->backend);
}

static int check_members(struct plugin *plugin)
{
	const struct virtio_backend *backend = &plugin->backend;
	const struct {
		bool present;
		const char *name;
	} required[] = {
		{ backend->name != NULL, "name" },
		{ backend->version != NULL, "version" },
		{ backend->description != NULL, "description" },
		{ backend->open != NULL, "open" },
	};

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (!required[i].present)
			return refuse(plugin, EBADMSG, "%s: its record lacks the required member "
				      "`%s`", plugin->path, required[i].name);
	if (strcmp(backend->name, plugin->name) != 0)
		return refuse(plugin, EPROTO, "%s says that its name is \"%s\": the file of that "
			      "plugin is %s.so", plugin->path, backend->name, backend->name);
	return 0;
}

static int judge(struct plugin *plugin, const char *folder)
{
	const struct virtio_backend *record;
	query_fn query = NULL;
	int err;

	if (!plugin_name_is_valid(plugin->name))
		return refuse(plugin, ENOEXEC, "%s: a plugin's name has only a-z, 0-9 and -, and "
			      "at most 64 of them", plugin->path);
	err = check_safe(plugin, folder);
	if (!err)
		err = check_readable(plugin);
	if (!err)
		err = load_query(plugin, &query);
	if (err)
		return err;
	record = query();
	err = check_header(plugin, record);
	if (err)
		return err;
	copy_known(plugin, record);
	err = check_members(plugin);
	if (err)
		memset(&plugin->backend, 0, sizeof(plugin->backend));
	return err;
}

struct plugin *plugin_file_load(const char *folder, const char *name)
{
	struct plugin *plugin = calloc(1, sizeof(*plugin));

	if (!plugin)
		return NULL;
	plugin->name = strdup(name);
	if (asprintf(&plugin->path, "%s/%s.so", folder, name) < 0)
		plugin->path = NULL;
	if (!plugin->name || !plugin->path) {
		plugin_file_free(plugin);
		return NULL;
	}
	judge(plugin, folder);
	return plugin;
}

void plugin_file_free(struct plugin *plugin)
{
	if (!plugin)
		return;
	free(plugin->name);
	free(plugin->path);
	free(plugin);
}
