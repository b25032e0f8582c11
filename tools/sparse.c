/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Holes: SEEK_DATA and SEEK_HOLE on the source, and no write of zeroes to a
 * target that has nothing but holes.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "command.h"
#include "file.h"
#include "sparse.h"

/* What file systems make holes of, or less. */
#define BLOCK 4096

void sparse_find(const struct file *file, uint64_t offset, struct extent *extent)
{
	off_t data, hole;

	*extent = (struct extent){ .hole = false, .end = file->size };
	if (!file->regular || offset >= file->size)
		return;
	/* Below 0: no data behind it (ENXIO), or no way to know. */
	data = lseek(file->fd, (off_t)offset, SEEK_DATA);
	hole = lseek(file->fd, (off_t)offset, SEEK_HOLE);
	if (hole > (off_t)offset) {
		extent->end = (uint64_t)hole < file->size ? (uint64_t)hole : file->size;
	} else if (hole == (off_t)offset) {
		extent->hole = true;
		extent->end = data > (off_t)offset ? (uint64_t)data : file->size;
	}
}

static bool is_zero(const char *p, size_t len)
{
	return !*p && !memcmp(p, p + 1, len - 1);
}

/* How far what begins at p goes on being zeroes, or not being zeroes. */
static size_t run_length(const char *p, size_t len, bool zero)
{
	size_t run = 0;

	while (run < len) {
		size_t block = len - run < BLOCK ? len - run : BLOCK;

		if (is_zero(p + run, block) != zero)
			break;
		run += block;
	}
	return run;
}

int sparse_write(struct file *file, const void *buf, size_t len, uint64_t offset,
		 uint64_t *written)
{
	const char *p = buf;
	int status = EXIT_DONE;

	while (len && status == EXIT_DONE) {
		bool zero = is_zero(p, len < BLOCK ? len : BLOCK);
		size_t run = run_length(p, len, zero);

		if (!zero) {
			status = file_write(file, p, run, offset);
			*written += run;
		}
		p += run;
		len -= run;
		offset += run;
	}
	return status;
}
