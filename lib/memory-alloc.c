/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that devices can share: arenas of one memfd each, pre-faulted, and
 * pieces carved from them.
 *
 * What is free and what is not is kept in private memory, never in the
 * arenas, which other processes may write. Callers hold the memory lock.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/memfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory-registry.h"

#define MIN_ARENA	(2ull << 20)
#define MAX_ARENA	(64ull << 20)
#define MIN_ALIGN	64u
#define MAX_ALIGN	(1u << 30)

/* A piece of an arena, used or free; neighbours in the list are neighbours in
 * memory, and two free ones are never next to each other. */
struct extent {
	struct extent *prev, *next;
	size_t offset, len;
	bool used;
	bool quarantined;	/* never to be free again */
};

struct arena {
	struct arena *next;
	char *base;
	size_t len;
	int fd;
	struct virtio_dev *only;
	uint64_t hugepage_size;	/* 0: ordinary pages */
	bool rings;		/* holds rings: not for other memory */
	bool quarantined;	/* some of it stays for ever */
	struct extent *extents;
};

static struct arena *arenas;

/* What an allocation wants of its arena. */
struct wish {
	size_t len;
	size_t align;
	struct virtio_dev *only;
	bool hugetlb;
	uint64_t hugepage_size;
	bool rings;
};

static void free_extents(struct arena *a)
{
	while (a->extents) {
		struct extent *next = a->extents->next;

		free(a->extents);
		a->extents = next;
	}
}

/* Unmaps and frees an arena, half-built or whole, that no device knows. */
static void close_arena(struct arena *a)
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

static int map_arena(struct arena *a, const struct wish *w)
{
	a->fd = memfd_create(w->rings ? "virtio-poll-rings" : "virtio-poll", memfd_flags(w));
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
	a->base = mmap(NULL, a->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, a->fd, 0);
	if (a->base == MAP_FAILED) {
		a->base = NULL;
		return no_memory(a, w, "mmap");
	}
	/* A forked child has no business with the device. */
	madvise(a->base, a->len, MADV_DONTFORK);
	return 0;
}

static uint64_t page_size_of(const struct wish *w)
{
	if (w->hugepage_size)
		return w->hugepage_size;
	return w->hugetlb ? MIN_ARENA : (uint64_t)sysconf(_SC_PAGESIZE);
}

static int register_arena(struct arena *a, const struct wish *w)
{
	struct mem_reg reg = {
		.start = (uintptr_t)a->base, .len = a->len, .page_size = page_size_of(w),
		.only = a->only, .arena = true,
	};
	struct stat st;
	int error;

	reg.fd = fcntl(a->fd, F_DUPFD_CLOEXEC, 0);
	if (reg.fd < 0 || fstat(a->fd, &st))
		return virtio_set_error(errno, "no descriptor for memory: %s", strerror(errno));
	reg.file_dev = st.st_dev;
	reg.file_ino = st.st_ino;
	error = memory_add(&reg);
	if (error)
		close(reg.fd);
	return error;
}

static bool suits(const struct arena *a, const struct wish *w)
{
	return a->only == w->only && a->rings == w->rings && !!a->hugepage_size == w->hugetlb &&
	       (!w->hugepage_size || a->hugepage_size == w->hugepage_size);
}

/* 2 MiB, then double what the largest of its kind is, up to 64 MiB. */
static size_t arena_len(const struct wish *w)
{
	uint64_t unit = w->rings ? page_size_of(w) : MIN_ARENA, next = unit;

	if (w->hugetlb && page_size_of(w) > unit)
		unit = page_size_of(w);
	for (const struct arena *a = arenas; a && !w->rings; a = a->next)
		if (suits(a, w) && a->len * 2 > next)
			next = a->len * 2 < MAX_ARENA ? a->len * 2 : MAX_ARENA;
	if (next < w->len + w->align)
		next = w->align > 4096 ? w->len + w->align : w->len;
	return (next + unit - 1) / unit * unit;
}

static int new_arena(const struct wish *w, struct arena **out)
{
	struct arena *a = calloc(1, sizeof(*a));
	int error;

	if (!a)
		return virtio_set_error(ENOMEM, "no memory for an arena");
	a->fd = -1;
	a->len = arena_len(w);
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
		close_arena(a);
		return error;
	}
	a->next = arenas;
	arenas = a;
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
static struct extent *carve(struct arena *a, const struct wish *w)
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

static int allocate(const struct wish *w, void **addr)
{
	struct arena *a = NULL;
	struct extent *e = NULL;
	int error;

	for (a = arenas; a && !e; a = e ? a : a->next) {
		e = suits(a, w) && !a->rings ? carve(a, w) : NULL;
		if (e)
			break;
	}
	if (!e) {
		error = new_arena(w, &a);
		if (error)
			return error;
		e = carve(a, w);
	}
	if (!e)
		return virtio_set_error(ENOMEM, "no memory to keep track of an allocation");
	*addr = a->base + e->offset;
	memset(*addr, 0, e->len);
	return 0;
}

static int read_opts(const struct virtio_mem_opts *opts, struct wish *w)
{
	if (!opts)
		return 0;
	if (opts->size < sizeof(*opts))
		return virtio_set_error(EINVAL, "virtio_mem_opts.size is %zu, not %zu", opts->size,
					sizeof(*opts));
	if (opts->flags & ~VIRTIO_MEM_HUGETLB)
		return virtio_set_error(EINVAL, "flags 0x%x: only VIRTIO_MEM_HUGETLB is for"
					" allocating", opts->flags);
	if ((opts->align & (opts->align - 1)) || opts->align > MAX_ALIGN ||
	    (opts->hugepage_size & (opts->hugepage_size - 1)))
		return virtio_set_error(EINVAL, "align %u and hugepage_size %" PRIu64
					" must be powers of 2, align at most 1 GiB", opts->align,
					opts->hugepage_size);
	if (opts->only && !device_of(opts->only))
		return virtio_set_error(EINVAL, "the device in `only` is not open");
	w->only = opts->only;
	w->hugetlb = opts->flags & VIRTIO_MEM_HUGETLB;
	w->hugepage_size = w->hugetlb ? opts->hugepage_size : 0;
	w->align = opts->align > w->align ? opts->align : w->align;
	return 0;
}

int virtio_mem_alloc(size_t len, const struct virtio_mem_opts *opts, void **addr)
{
	CALL("virtio_mem_alloc", DEFAULT_TIMEOUT_MS);
	size_t page = sysconf(_SC_PAGESIZE);
	struct wish w = { .align = len >= page ? page : MIN_ALIGN };
	int error;

	if (!len || len > SIZE_MAX / 4 || !addr)
		return virtio_set_error(EINVAL, "%zu bytes cannot be allocated", len);
	w.len = (len + MIN_ALIGN - 1) & ~(size_t)(MIN_ALIGN - 1);
	error = read_opts(opts, &w);
	if (error)
		return error;
	MEMORY_SCOPE();
	return allocate(&w, addr);
}

int mem_alloc_rings(struct virtio_dev *vdev, size_t len, void **addr)
{
	struct wish w = { .len = len, .align = 4096, .only = vdev, .rings = true };

	MEMORY_SCOPE();
	return allocate(&w, addr);
}

static struct arena *arena_of(const void *addr)
{
	uint64_t at = (uintptr_t)addr;
	struct arena *a = arenas;

	while (a && at - (uintptr_t)a->base >= a->len)
		a = a->next;
	return a;
}

static struct extent *extent_of(const struct arena *a, const void *addr)
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

static void unlink_arena(struct arena *a)
{
	struct arena **at = &arenas;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
}

/* An arena that is wholly free goes back to the system, unless a device may
 * still know it or it is the only one of its kind. */
static void shrink(struct arena *a)
{
	const struct arena *other = arenas;
	struct wish same = { .only = a->only, .hugetlb = a->hugepage_size != 0,
			     .rings = a->rings, .hugepage_size = a->hugepage_size };

	if (a->extents->used || a->extents->next || a->quarantined)
		return;
	while (other && (other == a || !suits(other, &same)))
		other = other->next;
	if (!other && !a->rings && !a->only)
		return;
	if (memory_take((uintptr_t)a->base, a->len, true))
		return;
	unlink_arena(a);
	close_arena(a);
}

static void release(struct arena *a, struct extent *e)
{
	if (e->quarantined)
		return;
	e->used = false;
	join(e);
	join(e->prev);
	shrink(a);
}

int virtio_mem_free(void *addr)
{
	CALL("virtio_mem_free", DEFAULT_TIMEOUT_MS);
	struct arena *a;
	struct extent *e;

	if (!addr)
		return 0;
	MEMORY_SCOPE();
	a = arena_of(addr);
	e = a && !a->rings ? extent_of(a, addr) : NULL;
	if (!e)
		return virtio_set_error(EINVAL, "%p was not given by virtio_mem_alloc", addr);
	if (memory_in_use((uintptr_t)addr, e->len))
		return virtio_set_error(EBUSY, "a request in flight uses the %zu bytes at %p; wait"
					" for its completion", e->len, addr);
	release(a, e);
	return 0;
}

void mem_free_rings(void *addr, bool quarantine)
{
	MEMORY_SCOPE();
	struct arena *a = arena_of(addr);

	if (quarantine)
		a->quarantined = true;
	else
		release(a, extent_of(a, addr));
}

void mem_alloc_forget(struct virtio_dev *vdev, struct virtio_dev *heir)
{
	for (struct arena *a = arenas; a; a = a->next)
		if (a->only == vdev)
			a->only = heir;
}

void mem_quarantine(uint64_t start, uint64_t len)
{
	struct arena *a = arena_of((void *)(uintptr_t)start);

	for (struct extent *e = a ? a->extents : NULL; e; e = e->next) {
		uint64_t at = (uintptr_t)a->base + e->offset;

		if (e->used && at < start + len && start < at + e->len)
			e->quarantined = a->quarantined = true;
	}
}
