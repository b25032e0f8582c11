/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making and unmaking arenas, and the list of their pieces.
 *
 * What is free and what is not is kept in private memory, never in the
 * arena itself, which other processes may write.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "lift.h"
#include "memory-registry.h"

#define PAGE		4096u
#define MIN_ARENA	(2ull << 20)
#define MAX_ARENA	(64ull << 20)

static void free_extents(struct arena *a)
{
	while (a->extents) {
		struct extent *next = a->extents->next;

		free(a->extents);
		a->extents = next;
	}
}

/* Unmaps and frees an arena, half-built or whole, that no device knows. */
void arena_close(struct arena *a)
{
	free_extents(a);
	if (a->base)
		munmap(a->base, a->len);
	if (a->fd >= 0)
		close(a->fd);
	free(a);
}

static unsigned memfd_flags(const struct wish *w)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;

	if (!w->hugetlb)
		return flags;
	flags |= MFD_HUGETLB;
	if (w->hugepage_size)
		flags |= (unsigned)__builtin_ctzll(w->hugepage_size) << MFD_HUGE_SHIFT;
	return flags;
}

static int no_memory(const struct arena *a, const struct wish *w, const char *step)
{
	int error = errno;

	return virtio_set_error(ENOMEM, "%zu bytes of %s memory: %s: %s%s", a->len,
				w->hugetlb ? "hugetlb" : "shared", step, strerror(error),
				w->hugetlb ? "; reserve pages in /proc/sys/vm/nr_hugepages" : "");
}

/* Bytes that /proc/meminfo says under the key, or `otherwise`. */
static uint64_t meminfo(const char *key, uint64_t otherwise)
{
	FILE *info = fopen("/proc/meminfo", "re");
	uint64_t found = otherwise;
	size_t len = strlen(key);
	char line[128];

	while (info && fgets(line, sizeof(line), info))
		if (!strncmp(line, key, len))
			found = strtoull(line + len, NULL, 10) * 1024;
	if (info)
		fclose(info);
	return found;
}

/* Pages are touched here and now, so too many would call the OOM killer, which
 * gives no -ENOMEM; some are left for everybody else. Huge pages have their
 * own pool. */
static int check_available(const struct arena *a, const struct wish *w)
{
	uint64_t available = w->hugetlb ? UINT64_MAX : meminfo("MemAvailable:", UINT64_MAX);

	if (a->len <= available - available / 16)
		return 0;
	return virtio_set_error(ENOMEM, "%zu bytes of shared memory: the system has %" PRIu64
				" available", a->len, available);
}

static uint64_t page_size_of(const struct wish *w)
{
	if (w->hugepage_size)
		return w->hugepage_size;
	return w->hugetlb ? meminfo("Hugepagesize:", MIN_ARENA) : (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Maps the file at a multiple of align: address space is reserved to find one,
 * and what is left of it goes back. */
static char *map_aligned(const struct arena *a, size_t align)
{
	size_t slack = align > PAGE ? align : 0, room = a->len + slack;
	char *space = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *base;

	if (space == MAP_FAILED)
		return NULL;
	base = space + (align - (uintptr_t)space % align) % align;
	if (base != space)
		munmap(space, base - space);
	if (base + a->len != space + room)
		munmap(base + a->len, space + room - (base + a->len));
	if (mmap(base, a->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, a->fd,
		 0) != MAP_FAILED)
		return base;
	munmap(base, a->len);
	return NULL;
}

static int map_arena(struct arena *a, const struct wish *w)
{
	int error = check_available(a, w);

	if (error)
		return error;
	a->fd = fd_lift(memfd_create(w->rings ? "virtio-poll-rings" : "virtio-poll",
				     memfd_flags(w)));
	if (a->fd < 0)
		return no_memory(a, w, "memfd_create");
	if (ftruncate(a->fd, a->len))
		return no_memory(a, w, "ftruncate");
	/* All pages now: later their lack would be a SIGBUS. */
	if (fallocate(a->fd, 0, 0, a->len))
		return no_memory(a, w, "fallocate");
	/* A peer must not be able to cut the file under our mapping. */
	if (fcntl(a->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return no_memory(a, w, "sealing");
	a->base = map_aligned(a, w->align > page_size_of(w) ? w->align : page_size_of(w));
	if (!a->base)
		return no_memory(a, w, "mmap");
	/* A forked child has no business with the device. */
	madvise(a->base, a->len, MADV_DONTFORK);
	return 0;
}

static int register_arena(struct arena *a, const struct wish *w)
{
	struct mem_reg reg = {
		.start = (uintptr_t)a->base, .len = a->len, .page_size = page_size_of(w),
		.only = a->only, .arena = true,
	};
	struct stat st;
	int error;

	reg.fd = fcntl(a->fd, F_DUPFD_CLOEXEC, LIFT_LOWEST);
	if (reg.fd < 0 || fstat(a->fd, &st))
		return virtio_set_error(errno, "no descriptor for memory: %s", strerror(errno));
	reg.file_dev = st.st_dev;
	reg.file_ino = st.st_ino;
	error = memory_add(&reg);
	if (error)
		close(reg.fd);
	return error;
}

bool arena_suits(const struct arena *a, const struct wish *w)
{
	return a->only == w->only && a->rings == w->rings && !!a->hugepage_size == w->hugetlb &&
	       (!w->hugepage_size || a->hugepage_size == w->hugepage_size);
}

/* 2 MiB, then double what the largest of its kind is, up to 64 MiB. */
static size_t arena_len(const struct wish *w, size_t largest)
{
	uint64_t unit = w->rings || w->exact ? page_size_of(w) : MIN_ARENA, next = unit;

	if (w->hugetlb && page_size_of(w) > unit)
		unit = page_size_of(w);
	if (!w->rings && !w->exact && largest * 2 > next)
		next = largest * 2 < MAX_ARENA ? largest * 2 : MAX_ARENA;
	next = next > w->len ? next : w->len;
	return (next + unit - 1) / unit * unit;
}

int arena_new(const struct wish *w, size_t largest, struct arena **out)
{
	struct arena *a = calloc(1, sizeof(*a));
	int error;

	if (!a)
		return virtio_set_error(ENOMEM, "no memory for an arena");
	a->fd = -1;
	a->len = arena_len(w, largest);
	a->only = w->only;
	a->rings = w->rings;
	a->hugepage_size = w->hugetlb ? page_size_of(w) : 0;
	a->extents = calloc(1, sizeof(*a->extents));
	error = a->extents ? map_arena(a, w) : virtio_set_error(ENOMEM, "no memory for an arena");
	if (!error) {
		a->extents->len = a->len;
		error = register_arena(a, w);
	}
	if (error) {
		arena_close(a);
		return error;
	}
	*out = a;
	return 0;
}

/* Cuts e so that it is len bytes; what is left becomes a free neighbour. */
static bool split(struct extent *e, size_t len)
{
	struct extent *rest;

	if (e->len == len)
		return true;
	rest = calloc(1, sizeof(*rest));
	if (!rest)
		return false;
	*rest = (struct extent){ .prev = e, .next = e->next, .offset = e->offset + len,
				 .len = e->len - len };
	if (e->next)
		e->next->prev = rest;
	e->next = rest;
	e->len = len;
	return true;
}

/* A free extent of the arena that holds the wish, cut to size and taken. */
struct extent *arena_carve(struct arena *a, const struct wish *w)
{
	for (struct extent *e = a->extents; e; e = e->next) {
		uint64_t at = (uintptr_t)a->base + e->offset;
		size_t pad = (w->align - at % w->align) % w->align;

		if (e->used || e->len < pad || e->len - pad < w->len)
			continue;
		if (pad) {
			if (!split(e, pad))
				return NULL;
			e = e->next;
		}
		if (!split(e, w->len))
			return NULL;
		e->used = true;
		return e;
	}
	return NULL;
}

struct extent *arena_find(const struct arena *a, const void *addr)
{
	struct extent *e = a->extents;

	while (e && (!e->used || a->base + e->offset != (const char *)addr))
		e = e->next;
	return e;
}

/* Joins e with the free extent after it, if that is one. */
static void join(struct extent *e)
{
	struct extent *next = e ? e->next : NULL;

	if (!next || e->used || next->used)
		return;
	e->len += next->len;
	e->next = next->next;
	if (e->next)
		e->next->prev = e;
	free(next);
}

void arena_put(struct extent *e)
{
	e->used = false;
	join(e);
	join(e->prev);
}
