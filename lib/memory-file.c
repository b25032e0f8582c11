/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What /proc/self/maps and the file itself say of registered memory.
 *
 * Another process can only share what is a shared mapping of a file, so the
 * mapping is compared with the descriptor before any device is told.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lift.h"
#include "memory-file.h"

/* A line of /proc/self/maps. */
struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint64_t inode;
	bool shared;
	char *path;		/* "" if it has none; points into the line */
};

static bool parse_line(char *line, struct mapping *m)
{
	char perms[5] = "";
	unsigned major, minor;
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &m->start,
		   &m->end, perms, &m->offset, &major, &minor, &m->inode, &path) < 7)
		return false;
	m->shared = perms[3] == 's';
	m->path = line + path;
	m->path[strcspn(m->path, "\n")] = '\0';
	return true;
}

/* Does the mapping of the line end after addr? */
static bool ends_after(const char *line, uint64_t addr)
{
	const char *dash = strchr(line, '-');

	return dash && strtoull(dash + 1, NULL, 16) > addr;
}

/* Calls cb for each mapping that touches the range, until it returns non-zero. */
static int each_mapping(const struct mem_reg *reg,
			int (*cb)(const struct mapping *m, struct mem_reg *reg),
			struct mem_reg *out)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	struct mapping m;
	char *line = NULL;
	size_t size = 0;
	int result = 0;

	if (!maps)
		return 0;	/* no /proc: nothing to compare with */
	while (!result && getline(&line, &size, maps) > 0) {
		/* Sorted, and most lines are of no interest: look at the end first. */
		if (!ends_after(line, reg->start) || !parse_line(line, &m))
			continue;
		if (m.start >= reg->start + reg->len)
			break;
		result = cb(&m, out);
	}
	free(line);
	fclose(maps);
	return result;
}

/* Is this part of the range what the descriptor says it is? VU-MEM-6 */
static int compare(const struct mapping *m, struct mem_reg *reg)
{
	uint64_t from = m->start > reg->start ? m->start : reg->start;

	if (!m->shared)
		return virtio_set_error(EINVAL, "0x%" PRIx64 " is a private mapping, which no other"
					" process can see; map the file with MAP_SHARED", from);
	if (m->inode != reg->file_ino ||
	    m->offset + (from - m->start) != reg->fd_offset + (from - reg->start))
		return virtio_set_error(EINVAL, "0x%" PRIx64 " maps offset 0x%" PRIx64 " of inode %"
					PRIu64 ", not offset 0x%" PRIx64 " of the descriptor's, %"
					PRIu64, from, m->offset + (from - m->start), m->inode,
					reg->fd_offset + (from - reg->start),
					(uint64_t)reg->file_ino);
	return 0;
}

#define LINK_SIZE 80

/* What is mapped there, as the kernel has it, whatever became of its name. */
static void kernel_link(const struct mapping *m, char link[LINK_SIZE])
{
	snprintf(link, LINK_SIZE, "/proc/self/map_files/%" PRIx64 "-%" PRIx64, m->start, m->end);
}

static uint64_t page_size_on(const struct statfs *fs)
{
	return fs->f_type == HUGETLBFS_MAGIC ? (uint64_t)fs->f_bsize :
					       (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t file_page_size(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) ? (uint64_t)sysconf(_SC_PAGESIZE) : page_size_on(&fs);
}

/* Without a descriptor: huge pages, anonymous ones too, are a file of the
 * kernel's. Who may not follow this link may not use physical addresses, and to
 * all others the size does not matter. */
static int note_page_size(const struct mapping *m, struct mem_reg *reg)
{
	char link[LINK_SIZE];
	struct statfs fs;

	kernel_link(m, link);
	if (m->inode && m->start <= reg->start && m->end >= reg->start + reg->len &&
	    !statfs(link, &fs))
		reg->page_size = page_size_on(&fs);
	return 0;
}

static int identify(struct mem_reg *reg)
{
	struct stat st;

	if (fstat(reg->fd, &st))
		return virtio_set_error(errno, "descriptor %d: %s", reg->fd, strerror(errno));
	if (S_ISREG(st.st_mode) && (reg->fd_offset > (uint64_t)st.st_size ||
				    reg->len > (uint64_t)st.st_size - reg->fd_offset))
		return virtio_set_error(EINVAL, "%" PRIu64 " bytes at offset %" PRIu64 " are more than"
					" the file's %" PRIu64, reg->len, reg->fd_offset,
					(uint64_t)st.st_size);
	reg->file_dev = st.st_dev;
	reg->file_ino = st.st_ino;
	reg->page_size = file_page_size(reg->fd);
	return 0;
}

int memory_dup(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, LIFT_LOWEST);
}

/* The file by its name, or through the kernel if it was deleted. */
static int open_mapped(const struct mapping *m)
{
	char link[LINK_SIZE];
	int fd = fd_lift(open(m->path, O_RDWR | O_CLOEXEC | O_NONBLOCK));
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && st.st_ino == m->inode)
		return fd;
	if (fd >= 0)
		close(fd);
	kernel_link(m, link);
	return fd_lift(open(link, O_RDWR | O_CLOEXEC));
}

static int find(const struct mapping *m, struct mem_reg *reg)
{
	if (m->start > reg->start || m->end < reg->start + reg->len || !m->shared || !m->inode)
		return virtio_set_error(EINVAL, "0x%" PRIx64 "-0x%" PRIx64 " is not inside one shared"
					" mapping of a file", reg->start, reg->start + reg->len);
	reg->fd = open_mapped(m);
	if (reg->fd < 0)
		return virtio_set_error(errno, "the file behind 0x%" PRIx64 ", %s: %s", reg->start,
					m->path, strerror(errno));
	reg->fd_offset = m->offset + (reg->start - m->start);
	return 1;
}

static int find_behind(struct mem_reg *reg)
{
	int found = each_mapping(reg, find, reg);

	if (!found)
		return virtio_set_error(ENOENT, "no mapping at 0x%" PRIx64 " in /proc/self/maps",
					reg->start);
	return found < 0 ? found : 0;
}

/* -EINVAL if there is a hole in it. */
static int check_mapped(const struct mem_reg *reg)
{
	/* MS_ASYNC has nothing to do on Linux, but says so only of mapped memory. */
	if (!msync((void *)(uintptr_t)reg->start, reg->len, MS_ASYNC) || errno != ENOMEM)
		return 0;
	return virtio_set_error(EINVAL, "0x%" PRIx64 "-0x%" PRIx64 " is not all mapped; map it first",
				reg->start, reg->start + reg->len);
}

int memory_find_file(struct mem_reg *reg, int fd, bool find_it)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	int error = check_mapped(reg);

	if (error)
		return error;
	reg->page_size = page;
	if (reg->fd_offset % page)
		return virtio_set_error(EINVAL, "fd_offset %" PRIu64 " is no multiple of the page"
					" size, %" PRIu64, reg->fd_offset, page);
	if (fd < 0 && !find_it)
		return each_mapping(reg, note_page_size, reg);
	if (fd < 0) {
		error = find_behind(reg);
	} else {
		reg->fd = memory_dup(fd);
		if (reg->fd < 0)
			return virtio_set_error(errno, "descriptor %d: %s", fd, strerror(errno));
	}
	if (!error)
		error = identify(reg);
	if (!error)
		error = each_mapping(reg, compare, reg);
	if (error && reg->fd >= 0) {
		close(reg->fd);
		reg->fd = -1;
	}
	return error;
}
