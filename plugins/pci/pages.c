/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads /proc/self/pagemap: one word for each small page, in virtual order.
 * Called by space.c when a device is told of memory; trusts neither the page
 * size it is told nor an address that has moved meanwhile.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "lift.h"
#include "memlock.h"
#include "pages.h"
#include "sysfs.h"

/* Documentation/admin-guide/mm/pagemap.rst of the kernel */
#define ENTRY_PRESENT	(1ull << 63)
#define ENTRY_FRAME	((1ull << 55) - 1)

#define BATCH		512u

#define POOLS		"/sys/kernel/mm/hugepages"

/* A walk along a region that notes where pieces are and if they are in a row. */
struct walk {
	const struct virtio_mem_region *region;
	struct vpci_pages *pages;
	uint64_t small;		/* page size that pagemap counts in */
	uint64_t next;		/* the address that would go on in a row */
	bool row;
};

static uint64_t small_page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static int hidden(void)
{
	return virtio_set_error(EPERM, "the kernel hides physical addresses from this program: "
				"run it as root, or give it CAP_SYS_ADMIN");
}

static int open_pagemap(const char *path)
{
	const int fd = vpci_lift(open(path, O_RDONLY | O_CLOEXEC));

	return fd >= 0 ? fd : virtio_set_error(errno, "cannot open %s: %s", path, strerror(errno));
}

/* Reads n words for the small pages from addr on. */
static int read_words(int fd, uintptr_t addr, uint64_t *words, unsigned n)
{
	const size_t size = n * sizeof(*words);
	const off_t at = (off_t)(addr / small_page() * sizeof(*words));
	const ssize_t got = pread(fd, words, size, at);

	if (got == (ssize_t)size)
		return 0;
	return virtio_set_error(got < 0 ? errno : EIO, "the pagemap has no entry for 0x%" PRIxPTR
				": %s", addr, got < 0 ? strerror(errno) : "it ends before");
}

/* The physical address that an entry tells of. */
static int address_of(const struct walk *w, uint64_t word, uint64_t offset, uint64_t *physical)
{
	const uint64_t frame = word & ENTRY_FRAME;

	if (!(word & ENTRY_PRESENT))
		return virtio_set_error(EFAULT, "0x%" PRIx64 " is not in memory, although it was "
					"locked", (uint64_t)(uintptr_t)w->region->addr + offset);
	if (!frame)
		return hidden();
	*physical = frame * w->small;
	return 0;
}

/* One small page: begins a piece, or must go on where the piece is. */
static int take(struct walk *w, uint64_t offset, uint64_t physical)
{
	const bool begins = offset % w->pages->size == 0;

	if (offset && physical != w->next)
		w->row = false;
	if (begins)
		w->pages->each[offset / w->pages->size] = physical;
	if ((!begins && physical != w->next) || (begins && physical % w->pages->size))
		return virtio_set_error(EFAULT, "0x%" PRIx64 " is not in a huge page of %" PRIu64
					" bytes, although it should be",
					(uint64_t)(uintptr_t)w->region->addr + offset,
					w->region->page_size);
	w->next = physical + w->small;
	return 0;
}

static int walk_batch(struct walk *w, const uint64_t *words, unsigned n, uint64_t offset)
{
	uint64_t physical = 0;
	int err = 0;

	for (unsigned i = 0; !err && i < n; i++, offset += w->small) {
		err = address_of(w, words[i], offset, &physical);
		if (!err)
			err = take(w, offset, physical);
	}
	return err;
}

static int walk_region(int fd, struct walk *w)
{
	const uint64_t len = w->region->len;
	uint64_t words[BATCH];
	int err = 0;

	for (uint64_t done = 0; !err && done < len; done += BATCH * w->small) {
		const uint64_t left = (len - done) / w->small;
		const unsigned n = left < BATCH ? (unsigned)left : BATCH;

		err = read_words(fd, (uintptr_t)w->region->addr + done, words, n);
		if (!err)
			err = walk_batch(w, words, n, done);
	}
	return err;
}

static int look_up(const char *pagemap, struct walk *w)
{
	const int fd = open_pagemap(pagemap);
	int err;

	if (fd < 0)
		return fd;
	err = walk_region(fd, w);
	close(fd);
	return err;
}

/* Huge pages are not swapped; locking faults in those that nobody has touched.
 * It takes no count and undoes nothing, so there is no unlocking either. */
static int keep_in_memory(const struct virtio_mem_region *region)
{
	struct vpci_memlock lock;
	int error;

	if (!mlock(region->addr, region->len))
		return 0;
	error = errno;
	lock = vpci_memlock_read("VmLck:");
	if (error == ENOMEM && !lock.privileged && region->len > lock.allowed)
		return vpci_memlock_error(&lock, region->len);
	return virtio_set_error(error, "cannot keep %" PRIu64 " bytes at %p in memory: %s; are "
				"there enough huge pages (/proc/sys/vm/nr_hugepages)?", region->len,
				region->addr, strerror(error));
}

int vpci_pages_find(const char *pagemap, const struct virtio_mem_region *region,
		    struct vpci_pages *pages)
{
	const uint64_t addr = (uintptr_t)region->addr, huge = region->page_size;
	struct walk w = { .region = region, .pages = pages, .small = small_page(), .row = true };
	int err;

	if (huge < VPCI_HUGE_PAGE)
		return 1;
	if (huge & (huge - 1) || !region->len || (addr | region->len) % w.small)
		return virtio_set_error(EINVAL, "%" PRIu64 " bytes at 0x%" PRIx64 " are no whole "
					"pages of %" PRIu64, region->len, addr, huge);
	pages->size = addr % huge ? w.small : huge;
	pages->each = calloc((region->len - 1) / pages->size + 1, sizeof(*pages->each));
	if (!pages->each)
		return virtio_set_error(ENOMEM, "no memory for the addresses of %" PRIu64 " bytes",
					region->len);
	err = keep_in_memory(region);
	if (!err)
		err = look_up(pagemap, &w);
	if (!err)
		pages->first = pages->each[0];
	if (err || w.row) {
		free(pages->each);
		pages->each = NULL;
	}
	return err;
}

int vpci_pages_check(const char *pagemap)
{
	const uint64_t here = 1;
	const uintptr_t addr = (uintptr_t)&here & ~(uintptr_t)(small_page() - 1);
	const int fd = open_pagemap(pagemap);
	uint64_t word;
	int err;

	if (fd < 0)
		return fd;
	err = read_words(fd, addr, &word, 1);
	close(fd);
	if (!err && word & ENTRY_PRESENT && !(word & ENTRY_FRAME))
		err = hidden();
	return err;
}

/* The pages of one size that the machine has reserved; 0 if there is no such
 * size. */
static uint64_t reserved_pages(const char *pool, uint64_t *size)
{
	char path[VPCI_SYSFS_PATH], text[32];
	unsigned long long kib;

	if (sscanf(pool, "hugepages-%llukB", &kib) != 1 || kib < VPCI_HUGE_PAGE / 1024 ||
	    snprintf(path, sizeof(path), POOLS "/%s/nr_hugepages", pool) >= (int)sizeof(path) ||
	    vpci_read_text(path, text, sizeof(text)) <= 0)
		return 0;
	*size = kib * 1024;
	return strtoull(text, NULL, 10);
}

uint64_t vpci_huge_pages(uint64_t *size)
{
	uint64_t pages = 0, found;
	struct dirent *entry;
	DIR *dir = opendir(POOLS);

	*size = VPCI_HUGE_PAGE;
	while (dir && (entry = readdir(dir))) {
		const uint64_t n = reserved_pages(entry->d_name, &found);

		if (!n || (pages && found > *size))
			continue;
		pages = n;
		*size = found;
	}
	if (dir)
		closedir(dir);
	return pages;
}
