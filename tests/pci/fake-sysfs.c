/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes and removes the tree. The plugin's reader is included, with the tree as
 * its root, and linked in place of the one that reads /sys.
 */
#include "config.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fake-sysfs.h"
#include "sysfs.h"
#include "unit.h"

static char root[] = "/tmp/fake-sysfs-XXXXXX";
#undef VPCI_SYSFS_DEVICES
#define VPCI_SYSFS_DEVICES root
#include "../../plugins/pci/sysfs.c"

void fake_sysfs_init(void)
{
	memcpy(root + strlen(root) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(root));
}

const char *fake_sysfs_root(void)
{
	return root;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

void fake_sysfs_end(void)
{
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void join(char path[VPCI_SYSFS_PATH], const char *name)
{
	ck_assert_int_lt(snprintf(path, VPCI_SYSFS_PATH, "%s/%s", root, name), VPCI_SYSFS_PATH);
}

void fake_sysfs_folder(const char *name)
{
	char path[VPCI_SYSFS_PATH];

	join(path, name);
	ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
}

void fake_sysfs_file(const char *name, const void *bytes, unsigned len)
{
	char path[VPCI_SYSFS_PATH];
	FILE *file;

	join(path, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

void fake_sysfs_text(const char *name, const char *text)
{
	fake_sysfs_file(name, text, (unsigned)strlen(text));
}

void fake_sysfs_link(const char *name, const char *target)
{
	char path[VPCI_SYSFS_PATH];

	join(path, name);
	(void)unlink(path);
	ck_assert_int_eq(symlink(target, path), 0);
}
