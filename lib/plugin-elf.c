/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dynamic linker maps what the program headers say and touches it, so a
 * file that was cut short ends the process with SIGBUS. This looks first:
 * magic, word size, and every segment inside the file. The rest is the
 * linker's to judge, which answers in words.
 */
#include "config.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "plugin-elf.h"

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)

static bool read_at(int fd, uint64_t offset, void *to, size_t len)
{
	return pread(fd, to, len, (off_t)offset) == (ssize_t)len;
}

static bool inside(uint64_t offset, uint64_t len, uint64_t size)
{
	return offset <= size && len <= size - offset;
}

static const char *segments_fault(int fd, uint64_t size, const ElfW(Ehdr) *header)
{
	static const char cut[] = "the file is cut short";

	if (header->e_phentsize != sizeof(ElfW(Phdr)))
		return "its program headers have an unknown size";
	for (unsigned i = 0; i < header->e_phnum; i++) {
		uint64_t at = header->e_phoff + (uint64_t)i * sizeof(ElfW(Phdr));
		ElfW(Phdr) segment;

		if (!inside(at, sizeof(segment), size) ||
		    !read_at(fd, at, &segment, sizeof(segment)))
			return cut;
		if (segment.p_type == PT_LOAD && !inside(segment.p_offset, segment.p_filesz, size))
			return cut;
	}
	return NULL;
}

const char *plugin_elf_fault(int fd, uint64_t size)
{
	ElfW(Ehdr) header;

	if (!read_at(fd, 0, &header, sizeof(header)) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return "it is no ELF file";
	if (header.e_ident[EI_CLASS] != NATIVE_CLASS)
		return "it is made for another word size";
	return segments_fault(fd, size, &header);
}
