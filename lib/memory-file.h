/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file behind a piece of registered memory: found, checked, duplicated.
 * For memory.c.
 */
#ifndef MEMORY_FILE_H
#define MEMORY_FILE_H

#include <stdbool.h>

#include "memory-registry.h"

/*
 * Fills in fd, fd_offset, page_size and the file's identity of reg, whose
 * range and offset are set. fd is the program's, or -1 for none; with find,
 * the file is looked for behind the mapping. 0 or -errno.
 */
int memory_find_file(struct mem_reg *reg, int fd, bool find);

/* A close-on-exec duplicate, or -1 with errno. */
int memory_dup(int fd);

#endif /* MEMORY_FILE_H */
