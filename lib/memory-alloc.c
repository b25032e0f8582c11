/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that devices can share, by the piece: for the program, and for a
 * device's rings. Which arenas there are is known here and nowhere else.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "memory-registry.h"

#define MIN_ALIGN	64u
#define MAX_ALIGN	(1u << 30)

static struct arena *arenas;

/* Open devices that reach huge pages only, and the largest of these pages. */
static unsigned huge_devices;
static uint64_t huge_page;

static size_t largest_like(const struct wish *w)
{
	size_t len = 0;

	for (const struct arena *a = arenas; a; a = a->next)
		if (arena_suits(a, w) && a->len > len)
			len = a->len;
	return len;
}

/* Rings get an arena of their own at each start: memory that no peer of an
 * earlier start still has. */
static struct arena *find_room(const struct wish *w, struct extent **e)
{
	struct arena *a = w->rings ? NULL : arenas;

	for (; a; a = a->next)
		if (arena_suits(a, w) && (*e = arena_carve(a, w)))
			break;
	return a;
}

static int allocate(const struct wish *w, void **addr)
{
	struct extent *e = NULL;
	struct arena *a = find_room(w, &e);

	if (!a) {
		struct wish exact = *w;
		int error = arena_new(w, largest_like(w), &a);

		/* A device's limit on locked memory may just hold what is asked for. */
		exact.exact = true;
		if (error == -ENOMEM)
			error = arena_new(&exact, 0, &a);
		if (error)
			return error;
		a->next = arenas;
		arenas = a;
		e = arena_carve(a, w);
	}
	if (!e)
		return virtio_set_error(ENOMEM, "no memory to keep track of an allocation");
	*addr = a->base + e->offset;
	memset(*addr, 0, e->len);
	return 0;
}

void mem_alloc_huge(uint64_t page_size, bool open)
{
	MEMORY_SCOPE();
	huge_devices += open ? 1 : -1u;
	if (!huge_devices)
		huge_page = 0;
	else if (open && page_size > huge_page)
		huge_page = page_size;
}

/* So that a program need not know what its device is behind: memory that such a
 * device may be given is memory that it can use. */
static void suit_devices(struct wish *w)
{
	uint64_t page = w->only ? device_of(w->only)->huge_page : huge_page;

	if (!page || w->hugetlb)
		return;
	w->hugetlb = true;
	w->hugepage_size = page;
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

	if (!addr)
		return virtio_set_error(EINVAL, "addr is NULL");
	if (!len || len > SIZE_MAX / 4)
		return virtio_set_error(EINVAL, "%zu bytes cannot be allocated", len);
	w.len = (len + MIN_ALIGN - 1) & ~(size_t)(MIN_ALIGN - 1);
	error = read_opts(opts, &w);
	if (error)
		return error;
	MEMORY_SCOPE();
	suit_devices(&w);
	return allocate(&w, addr);
}

int mem_alloc_rings(struct virtio_dev *vdev, size_t len, uint64_t hugepage_size, void **addr)
{
	struct wish w = {
		.len = len, .align = hugepage_size ? hugepage_size : 4096, .only = vdev,
		.rings = true,
		.hugetlb = hugepage_size != 0, .hugepage_size = hugepage_size,
	};

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
	while (other && (other == a || !arena_suits(other, &same)))
		other = other->next;
	if (!other && !a->rings && !a->only)
		return;
	if (memory_take((uintptr_t)a->base, a->len, true))
		return;
	unlink_arena(a);
	arena_close(a);
}

static void release(struct arena *a, struct extent *e)
{
	if (e->quarantined)
		return;
	arena_put(e);
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
	e = a && !a->rings ? arena_find(a, addr) : NULL;
	if (!e)
		return virtio_set_error(EINVAL, "%p was not given by virtio_mem_alloc", addr);
	if (memory_in_use((uintptr_t)addr, e->len))
		return virtio_set_error(EBUSY, "a request in flight uses the %zu bytes at %p; wait"
					" for its completion", e->len, addr);
	release(a, e);
	return 0;
}

/* Only the mapping is left, for ever: a device may still write to it. */
static void bury(struct arena *a)
{
	a->quarantined = true;
	(void)memory_take((uintptr_t)a->base, a->len, true);
	close(a->fd);
	a->fd = -1;
}

void mem_free_rings(void *addr, bool quarantine)
{
	MEMORY_SCOPE();
	struct arena *a = arena_of(addr);

	if (quarantine)
		bury(a);
	else
		release(a, arena_find(a, addr));
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
