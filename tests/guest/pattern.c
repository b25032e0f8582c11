/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The disks of the guest tier, seen from the host, before a boot and after:
 *
 *     pattern make FILE SECTORS SEED
 *     pattern check FILE FIRST COUNT SEED
 *
 * check ends with 1 and says which sector differs. Called by machine.sh and
 * run.sh; never on anything but regular files.
 */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pattern.h"

static int make(int fd, uint64_t sectors, unsigned seed)
{
	unsigned char data[SECTOR_BYTES];

	for (uint64_t s = 0; s < sectors; s++) {
		pattern_fill(data, s, 1, seed);
		if (write(fd, data, sizeof(data)) != sizeof(data))
			return perror("pattern"), 1;
	}
	return 0;
}

static int check(int fd, uint64_t first, uint64_t count, unsigned seed)
{
	unsigned char data[SECTOR_BYTES];

	for (uint64_t s = first; s < first + count; s++) {
		if (pread(fd, data, sizeof(data), (off_t)(s * SECTOR_BYTES)) != sizeof(data))
			return printf("sector %" PRIu64 " cannot be read\n", s), 1;
		if (pattern_differs(data, s, 1, seed) >= 0)
			return printf("sector %" PRIu64 " is not what seed %u makes\n", s, seed), 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int fd = -1, making = argc == 5 && !strcmp(argv[1], "make");
	struct stat st;

	if (making)
		fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	else if (argc == 6 && !strcmp(argv[1], "check"))
		fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	else
		return fputs("usage: pattern make|check FILE ...\n", stderr), 2;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fprintf(stderr, "pattern: %s is no regular file\n", argv[2]), 2;
	if (making)
		return make(fd, strtoull(argv[3], NULL, 0), (unsigned)strtoul(argv[4], NULL, 0));
	return check(fd, strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0),
		     (unsigned)strtoul(argv[5], NULL, 0));
}
