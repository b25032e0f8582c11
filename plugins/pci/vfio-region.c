/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Regions of a VFIO device: its BARs, mapped where the kernel lets us and read
 * and written by system calls where not (HARD-CAP-10). Called by vfio.c at
 * open, and by the windows.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfio.h"

/* The areas that may be mapped, if the kernel names some: else all of it. */
static int read_areas(const struct vfio_region_info *info, struct vpci_vfio_region *r)
{
	const struct vfio_region_info_cap_sparse_mmap *cap;
	size_t size, most;

	if (!(info->flags & VFIO_REGION_INFO_FLAG_CAPS))
		return 0;
	cap = vpci_vfio_cap(info, info->cap_offset, VFIO_REGION_INFO_CAP_SPARSE_MMAP, sizeof(*cap),
			    &size);
	if (!cap)
		return 0;
	r->sparse = true;
	most = (size - sizeof(*cap)) / sizeof(cap->areas[0]);
	r->area_count = cap->nr_areas < most ? cap->nr_areas : (unsigned)most;
	r->areas = calloc(r->area_count ? r->area_count : 1, sizeof(*r->areas));
	if (!r->areas)
		return -ENOMEM;
	for (unsigned i = 0; i < r->area_count; i++) {
		const uint64_t first = cap->areas[i].offset, len = cap->areas[i].size;

		/* One that is empty or wraps around holds nothing. */
		r->areas[i] = (struct vpci_range){ .first = first, .last = first + (len - 1) };
		if (!len || r->areas[i].last < first)
			r->areas[i] = (struct vpci_range){ .first = 1, .last = 0 };
	}
	return 0;
}

static int find_region(int fd, uint32_t index, struct vpci_vfio_region *r)
{
	const struct vfio_region_info ask = { .argsz = sizeof(ask), .index = index };
	struct vfio_region_info *info = vpci_vfio_info(fd, VFIO_DEVICE_GET_REGION_INFO, &ask,
						       sizeof(ask));
	int err;

	if (!info)
		return errno == EINVAL ? 0 : -errno;	/* EINVAL: it has no such region */
	r->size = info->size;
	r->offset = info->offset;
	r->flags = info->flags;
	err = read_areas(info, r);
	free(info);
	return err;
}

int vpci_vfio_find_regions(const struct vpci_function *fn, struct vpci_vfio *v)
{
	for (uint32_t i = 0; i < VPCI_VFIO_REGIONS; i++) {
		const int err = find_region(v->fd, i, &v->regions[i]);

		if (err)
			return virtio_set_error(-err, "VFIO does not describe region %u of %s: %s",
						i, fn->name, strerror(-err));
	}
	if (v->regions[VFIO_PCI_CONFIG_REGION_INDEX].size)
		return 0;
	return virtio_set_error(EPROTO, "VFIO offers no configuration space of %s", fn->name);
}

void vpci_vfio_free_regions(struct vpci_vfio *v)
{
	for (unsigned i = 0; i < VPCI_VFIO_REGIONS; i++)
		free(v->regions[i].areas);
	memset(v->regions, 0, sizeof(v->regions));
}

static bool is_inside(const struct vpci_vfio_region *r, uint64_t offset, uint64_t len)
{
	return len && offset <= r->size && len <= r->size - offset;
}

bool vpci_vfio_may_map(const struct vpci_vfio_region *r, uint64_t offset, uint64_t len)
{
	if (!(r->flags & VFIO_REGION_INFO_FLAG_MMAP) || !is_inside(r, offset, len))
		return false;
	for (unsigned i = 0; i < r->area_count; i++)
		if (r->areas[i].first <= offset && offset + (len - 1) <= r->areas[i].last)
			return true;
	return !r->sparse;
}

static const struct vpci_vfio_region *region_of(const struct vpci_dev *dev, unsigned bar)
{
	const struct vpci_vfio *v = dev->way;

	return bar < VPCI_BARS ? &v->regions[VFIO_PCI_BAR0_REGION_INDEX + bar] : NULL;
}

int vpci_vfio_bar_map(struct vpci_dev *dev, unsigned bar, uint64_t offset, uint64_t len,
		      void **addr)
{
	const struct vpci_vfio_region *r = region_of(dev, bar);
	const struct vpci_vfio *v = dev->way;
	void *map;

	if (!r || v->let_go || !vpci_vfio_may_map(r, offset, len))
		return -EACCES;
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd,
		   (off_t)(r->offset + offset));
	if (map == MAP_FAILED)
		return -errno;
	/* A child that had it would keep the kernel from taking the device back. */
	(void)madvise(map, len, MADV_DONTFORK);
	*addr = map;
	return 0;
}

int vpci_vfio_bar_read(struct vpci_dev *dev, unsigned bar, uint64_t offset, void *buf,
		       unsigned len)
{
	const struct vpci_vfio_region *r = region_of(dev, bar);
	const struct vpci_vfio *v = dev->way;
	ssize_t got;

	if (!r || !is_inside(r, offset, len))
		return -EINVAL;
	got = pread(v->fd, buf, len, (off_t)(r->offset + offset));
	if (got == (ssize_t)len)
		return 0;
	return got < 0 ? -errno : -EIO;
}

int vpci_vfio_bar_write(struct vpci_dev *dev, unsigned bar, uint64_t offset, const void *buf,
			unsigned len)
{
	const struct vpci_vfio_region *r = region_of(dev, bar);
	const struct vpci_vfio *v = dev->way;
	ssize_t put;

	if (!r || !is_inside(r, offset, len))
		return -EINVAL;
	put = pwrite(v->fd, buf, len, (off_t)(r->offset + offset));
	if (put == (ssize_t)len)
		return 0;
	return put < 0 ? -errno : -EIO;
}
