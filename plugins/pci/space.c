/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of spaces, and the memory in them. Called by the ways in, for the
 * ops of the same names; never touches a device.
 *
 * One lock for all of it: these calls are rare, and private memory has to be
 * looked up in all spaces before children may inherit it again.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "mapping.h"
#include "space.h"

struct vpci_told {
	struct vpci_mapping *mapping;
	struct vpci_told *next;
};

static struct {
	pthread_mutex_t lock;
	struct vpci_space *first;
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* How far it is from `at` to the next memory that some space has and that is no
 * file's, but not beyond `end`. If `at` is in such memory: 0, and *after is its end. */
static uintptr_t free_until(uintptr_t at, uintptr_t end, uintptr_t *after)
{
	for (const struct vpci_space *s = table.first; s; s = s->next)
		for (const struct vpci_mapping *m = s->mappings; m; m = m->next) {
			const uintptr_t from = (uintptr_t)m->addr, to = from + m->len;

			if (m->has_file || to <= at || from >= end)
				continue;
			end = from > at ? from : at;
			*after = to;
		}
	return end - at;
}

/*
 * A child would share private pages until one of the two writes, and the one
 * that writes gets a copy, which the device does not know. Children go
 * without such memory instead.
 */
static void hide_from_children(const struct vpci_mapping *m)
{
	if (!m->has_file && madvise(m->addr, m->len, MADV_DONTFORK))
		virtio_log(VIRTIO_LOG_WARN, "0x%" PRIxPTR ": memory that is no file's may go "
			   "astray if this program forks", (uintptr_t)m->addr);
}

/* What nobody else has of it. */
static void show_to_children(const struct vpci_mapping *m)
{
	uintptr_t at = (uintptr_t)m->addr;
	const uintptr_t end = at + m->len;

	while (!m->has_file && at < end) {
		uintptr_t after = end;
		const uintptr_t len = free_until(at, end, &after);

		if (len)
			(void)madvise((void *)at, len, MADV_DOFORK);
		at = len ? at + len : after;
	}
}

static bool is_aligned(const struct vpci_space *space, const struct vpci_mapping *m)
{
	return m->len && !(((uintptr_t)m->addr | m->len) & (space->alignment - 1));
}

/* Aligned to the region's own pages, the IOMMU can use large ones too. */
static int give_address(struct vpci_space *space, struct vpci_mapping *m,
			const struct virtio_mem_region *region)
{
	const uint64_t least = space->alignment, huge = region->page_size;
	int err = -ENOSPC;

	if (huge > least && !(huge & (huge - 1)))
		err = vpci_iova_alloc(&space->iova, m->len, huge, &m->bus_addr);
	if (err == -ENOSPC)
		err = vpci_iova_alloc(&space->iova, m->len, least, &m->bus_addr);
	if (err == -ENOSPC)
		return virtio_set_error(ENOSPC, "no %" PRIu64 " bytes in a row are free in what "
					"the IOMMU can address, up to 0x%" PRIx64 ", with %" PRIu64
					" regions mapped; register less", m->len,
					space->iova.highest, space->count);
	return err ? virtio_set_error(-err, "no memory to map a region") : 0;
}

static int map_translated(struct vpci_space *space, struct vpci_mapping *m,
			  const struct virtio_mem_region *region)
{
	int err;

	if (!is_aligned(space, m))
		return virtio_set_error(EINVAL, "%" PRIu64 " bytes at %p cannot be mapped: both "
					"must be multiples of %" PRIu64, m->len, m->addr,
					space->alignment);
	err = give_address(space, m, region);
	if (err)
		return err;
	err = space->ops->map(space, m);
	if (err)
		(void)vpci_iova_free(&space->iova, m->bus_addr, m->len);
	return err;
}

/* 0, 1 (left out) or -errno. */
static int map(struct vpci_space *space, struct vpci_mapping *m,
	       const struct virtio_mem_region *region)
{
	int err;

	if (space->ops->translated)
		return map_translated(space, m, region);
	err = vpci_pages_find(VPCI_PAGEMAP, region, &m->pages);
	m->bus_addr = m->pages.first;
	return err;
}

static int unmap(struct vpci_space *space, const struct vpci_mapping *m)
{
	int err;

	if (!space->ops->translated)
		return 0;
	err = space->ops->unmap(space, m);
	/* What may still be mapped is not given to other memory. */
	if (!err)
		(void)vpci_iova_free(&space->iova, m->bus_addr, m->len);
	return err;
}

static int add_mapping(struct vpci_space *space, const struct vpci_mapping *wanted,
		       const struct virtio_mem_region *region, struct vpci_mapping **out)
{
	struct vpci_mapping *m;
	int err;

	for (m = space->mappings; m; m = m->next)
		if (vpci_mapping_is_same(m, wanted))
			break;
	if (!m) {
		m = malloc(sizeof(*m));
		if (!m)
			return virtio_set_error(ENOMEM, "no memory to map a region");
		*m = *wanted;
		err = map(space, m, region);
		if (err) {
			free(m);
			return err;
		}
		m->next = space->mappings;
		space->mappings = m;
		space->count++;
		hide_from_children(m);
	}
	m->users++;
	*out = m;
	return 0;
}

static int drop_mapping(struct vpci_space *space, struct vpci_mapping *m)
{
	struct vpci_mapping **at = &space->mappings;
	int err;

	if (--m->users)
		return 0;
	err = unmap(space, m);
	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	space->count--;
	show_to_children(m);
	free(m->pages.each);
	free(m);
	return err;
}

static int add(struct vpci_share *share, struct virtio_mem_region *region)
{
	struct vpci_told *told;
	struct vpci_mapping wanted;
	int err = vpci_mapping_describe(region, &wanted);

	if (err)
		return err;
	told = malloc(sizeof(*told));
	if (!told)
		return virtio_set_error(ENOMEM, "no memory to map a region");
	err = add_mapping(share->space, &wanted, region, &told->mapping);
	if (err) {
		free(told);
		return err;
	}
	told->next = share->told;
	share->told = told;
	region->cookie = told;
	region->bus_addr = told->mapping->bus_addr;
	region->bus_pages = told->mapping->pages.each;
	region->bus_page_size = told->mapping->pages.size;
	return 0;
}

int vpci_share_add(struct vpci_share *share, struct virtio_mem_region *region)
{
	int err;

	if (!share->space)
		return virtio_set_error(ENODEV, "the device was given back: it gets no memory");
	pthread_mutex_lock(&table.lock);
	err = add(share, region);
	pthread_mutex_unlock(&table.lock);
	return err;
}

int vpci_share_remove(struct vpci_share *share, const struct virtio_mem_region *region)
{
	struct vpci_told **at = &share->told, *told;
	int err = 0;

	pthread_mutex_lock(&table.lock);
	/* Not there: all was taken back before, with the device. */
	while (*at && *at != region->cookie)
		at = &(*at)->next;
	told = *at;
	if (told) {
		*at = told->next;
		err = drop_mapping(share->space, told->mapping);
		free(told);
	}
	pthread_mutex_unlock(&table.lock);
	return err;
}

static void forget(struct vpci_share *share)
{
	while (share->told) {
		struct vpci_told *told = share->told;

		share->told = told->next;
		(void)drop_mapping(share->space, told->mapping);
		free(told);
	}
}

void vpci_share_forget(struct vpci_share *share)
{
	pthread_mutex_lock(&table.lock);
	forget(share);
	pthread_mutex_unlock(&table.lock);
}

int vpci_share_limits(const struct vpci_share *share, struct virtio_mem_limits *limits)
{
	const struct vpci_space *space = share->space;

	if (!space)
		return virtio_set_error(ENODEV, "the device was given back: it takes no memory");
	pthread_mutex_lock(&table.lock);
	limits->max_regions = space->max_mappings;
	limits->used_regions = space->count;
	limits->alignment = space->alignment;
	limits->max_address = space->ops->translated ? space->iova.highest : UINT64_MAX;
	limits->can_add = 1;
	pthread_mutex_unlock(&table.lock);
	return 0;
}

int vpci_space_set_ranges(struct vpci_space *space, const struct vpci_range *usable, unsigned n,
			  uint64_t page_sizes)
{
	const int err = vpci_iova_init(&space->iova, usable, n);

	if (err == -ENOMEM)
		return virtio_set_error(ENOMEM, "no memory for the ranges of the IOMMU");
	if (err)
		return virtio_set_error(ENOSPC, "the IOMMU of group %d has no usable addresses",
					space->group);
	if (page_sizes)
		space->alignment = page_sizes & -page_sizes;
	return 0;
}

static void free_space(struct vpci_space *space)
{
	if (space->ops->close)
		space->ops->close(space);
	vpci_iova_destroy(&space->iova);
	free(space);
}

static int make_space(const struct vpci_space_ops *ops, int group, const char *device,
		      struct vpci_space **out)
{
	struct vpci_space *space = calloc(1, sizeof(*space));
	int err;

	if (!space)
		return virtio_set_error(ENOMEM, "no memory for the address space of %s", device);
	space->ops = ops;
	space->group = group;
	space->fd = space->group_fd = -1;
	space->alignment = (uint64_t)sysconf(_SC_PAGESIZE);
	space->max_mappings = UINT64_MAX;
	err = ops->open ? ops->open(space, device) : 0;
	if (err) {
		free_space(space);
		return err;
	}
	space->next = table.first;
	table.first = space;
	*out = space;
	return 0;
}

int vpci_share_open(struct vpci_share *share, const struct vpci_space_ops *ops, int group,
		    const char *device)
{
	struct vpci_space *space;
	int err = 0;

	pthread_mutex_lock(&table.lock);
	for (space = table.first; space; space = space->next)
		if (space->ops == ops && space->group == group)
			break;
	if (!space)
		err = make_space(ops, group, device, &space);
	if (!err) {
		space->users++;
		share->space = space;
	}
	pthread_mutex_unlock(&table.lock);
	return err;
}

int vpci_share_ready(struct vpci_share *share)
{
	struct vpci_space *space = share->space;
	int err = 0;

	pthread_mutex_lock(&table.lock);
	if (space->ops->translated && !space->iova.base)
		err = space->ops->look(space);
	pthread_mutex_unlock(&table.lock);
	return err;
}

void vpci_share_close(struct vpci_share *share)
{
	struct vpci_space **at = &table.first, *space = share->space;

	if (!space)
		return;
	pthread_mutex_lock(&table.lock);
	forget(share);
	share->space = NULL;
	if (!--space->users) {
		while (*at != space)
			at = &(*at)->next;
		*at = space->next;
		free_space(space);
	}
	pthread_mutex_unlock(&table.lock);
}
