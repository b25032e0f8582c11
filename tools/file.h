/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file side of copy: a source that is read or a target that is written,
 * at any offset. Every failure says its sentence and gives an exit status.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file {
	char name[256];		/* for sentences: the path, or "..." and the end of a long one */
	int fd;			/* -1 if not open */
	bool regular;
	bool has_size;		/* a regular file or a block device */
	bool fresh;		/* a regular target that holds nothing but a hole */
	uint64_t size;
};

/* A file with a size that can be read at any offset. */
int file_open_source(struct file *file, const char *path);

/*
 * Opens or creates the target of `size` bytes. A regular one gets exactly that
 * size; of any other nothing is cut off, and a block device has to be as large.
 * With read_back it can be read as well, and one without a size is refused.
 */
int file_open_target(struct file *file, const char *path, uint64_t size, bool read_back);

/* Reads len bytes at offset; what lies behind the end reads as zeroes. */
int file_read(struct file *file, void *buf, size_t len, uint64_t offset);
int file_write(struct file *file, const void *buf, size_t len, uint64_t offset);

/* Waits until what was written is on the medium. */
int file_sync(struct file *file);

/* What is read from now on comes from the medium, as far as the kernel does that. */
void file_forget_cache(struct file *file);

void file_close(struct file *file);

#endif /* FILE_H */
