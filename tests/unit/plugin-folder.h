/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A temporary folder of plugins, for tests of the loader: files are copied
 * into it from the build folder, and VIRTIO_POLL_PLUGIN_PATH names it. And
 * the two ways of asking for one of them: the walk, and opening.
 */
#ifndef PLUGIN_FOLDER_H
#define PLUGIN_FOLDER_H

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/virtio.h>

#include "unit.h"

static char folder[PATH_MAX / 4];

static inline const char *path_in_folder(const char *file)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return path;
}

static inline void write_file(const char *file, const void *data, size_t len)
{
	FILE *f = fopen(path_in_folder(file), "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path_in_folder(file), 0644), 0);
}

/* Copies the module `what` ("chameleon", "mute") to NAME.so in the folder. */
static inline void install(const char *what, const char *name)
{
	const char *builddir = getenv("top_builddir");
	static char data[4 << 20];
	char path[PATH_MAX], file[NAME_MAX + 1];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/unit/.libs/%s.so", builddir ? builddir : ".", what);
	f = fopen(path, "rb");
	ck_assert_msg(f != NULL, "%s is missing", path);
	len = fread(data, 1, sizeof(data), f);
	ck_assert_uint_lt(len, sizeof(data));
	fclose(f);
	snprintf(file, sizeof(file), "%s.so", name);
	write_file(file, data, len);
}

/* What the walk said of NAME in this test's folder. */
struct found {
	const char *name;
	unsigned count;
	int error;
	uint32_t abi;
	char version[32];
	char reason[512];
};

static inline int look(const struct virtio_backend_info *info, void *ctx)
{
	struct found *found = ctx;

	ck_assert_uint_eq(info->size, sizeof(*info));
	if (strcmp(info->name, found->name) != 0)
		return 0;
	found->count++;
	found->error = info->error;
	found->abi = info->abi;
	snprintf(found->version, sizeof(found->version), "%s",
		 info->version ? info->version : "(null)");
	snprintf(found->reason, sizeof(found->reason), "%s",
		 info->reason ? info->reason : "(null)");
	return 0;
}

static inline struct found walk_for(const char *name)
{
	struct found found = { .name = name, .count = 0 };

	ck_assert_int_eq(virtio_backend_foreach(look, &found), 0);
	return found;
}

static inline int try_open(const char *address)
{
	struct virtio_dev vdev = { .name = NULL };
	int err = virtio_dev_open(&vdev, "d", address);

	virtio_dev_destruct(&vdev);
	return err;
}

static inline void make_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/virtio-poll-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chmod(folder, 0755), 0);
	setenv("VIRTIO_POLL_PLUGIN_PATH", folder, 1);
}

static inline void remove_folder(void)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

#endif /* PLUGIN_FOLDER_H */
