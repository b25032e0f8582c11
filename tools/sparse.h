/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Holes in the files of copy: finding those of a source, leaving them in a
 * fresh target. A hole and zeroes read alike, so nothing here changes what is
 * copied, only what space it takes.
 */
#ifndef SPARSE_H
#define SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file;

/* A part of a file, from the offset that was asked for to `end`. */
struct extent {
	bool hole;
	uint64_t end;
};

/* What lies at offset, which is inside the file: all of it data, if the file
 * system cannot tell. */
void sparse_find(const struct file *file, uint64_t offset, struct extent *extent);

/*
 * As file_write, for a file that is one hole as yet: blocks of zeroes stay so.
 * *written grows by the bytes that were written.
 */
int sparse_write(struct file *file, const void *buf, size_t len, uint64_t offset,
		 uint64_t *written);

#endif /* SPARSE_H */
