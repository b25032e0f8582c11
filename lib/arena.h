/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An arena: one memfd, mapped, pre-faulted and registered, out of which
 * memory-alloc.c carves what is allocated. Callers hold the memory lock.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct virtio_dev;

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


/* What an allocation wants of its arena. */
struct wish {
	size_t len;
	size_t align;
	struct virtio_dev *only;
	bool hugetlb;
	uint64_t hugepage_size;
	bool rings;
	bool exact;		/* no room for more than it: a larger one was refused */
};

/* Is the arena of the kind that the wish asks for? */
bool arena_suits(const struct arena *a, const struct wish *w);

/* Makes one that holds the wish; `largest` of its kind sets the size. */
int arena_new(const struct wish *w, size_t largest, struct arena **out);

/* Unmaps and frees it, half-built or whole; no device knows it any more. */
void arena_close(struct arena *a);

/* A free extent that holds the wish, cut to size and taken, or NULL. */
struct extent *arena_carve(struct arena *a, const struct wish *w);

/* The used extent that begins at addr, or NULL. */
struct extent *arena_find(const struct arena *a, const void *addr);

/* Makes the extent free again. */
void arena_put(struct extent *e);

#endif /* ARENA_H */
