/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads /sys/kernel/mm/hugepages: a folder for each size, with counters.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hugepages.h"
#include "sysfs.h"

/* Devices are told the place of each such piece. */
#define SMALLEST_KIB 2048

const char hugepages_fix[] =
	"echo 64 >/proc/sys/vm/nr_hugepages (as root; 64 of 2 MiB are enough for most), or "
	"hugepages=64 on the kernel's command line";

static bool read_size(const char *folder, const char *name, void *ctx)
{
	struct hugepages *pages = ctx;
	size_t len = strlen(pages->text);
	char path[SYSFS_PATH];
	int64_t total, vacant;
	uint64_t kib;

	if (sscanf(name, "hugepages-%" SCNu64 "kB", &kib) != 1 || kib < SMALLEST_KIB ||
	    snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path) ||
	    sysfs_read_number(path, "nr_hugepages", &total) ||
	    sysfs_read_number(path, "free_hugepages", &vacant) || vacant < 0)
		return false;
	pages->free += (uint64_t)vacant;
	snprintf(pages->text + len, sizeof(pages->text) - len, "%s%" PRIu64 " MiB: %" PRId64
		 " free of %" PRId64, len ? "; " : "", kib / 1024, vacant, total);
	return false;
}

void hugepages_read(struct hugepages *pages)
{
	memset(pages, 0, sizeof(*pages));
	sysfs_each("/sys/kernel/mm/hugepages", read_size, pages);
}
