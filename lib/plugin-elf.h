/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is a file a whole ELF shared object of this machine's word size? For
 * plugin-file.c, before the dynamic linker maps it.
 */
#ifndef PLUGIN_ELF_H
#define PLUGIN_ELF_H

#include <stdint.h>

/* NULL if it looks whole, or why it is not; size is the file's. */
const char *plugin_elf_fault(int fd, uint64_t size);

#endif /* PLUGIN_ELF_H */
