/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory behind VFIO's type1 IOMMU: what a container can map, mapping and
 * unmapping, and why the kernel would not. Called by space.c.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <virtio-poll/backend.h>

#include "group.h"
#include "memlock.h"
#include "space.h"
#include "sysfs.h"
#include "vfio-uapi.h"

#define ENTRY_LIMIT	"/sys/module/vfio_iommu_type1/parameters/dma_entry_limit"
#define ENTRIES_DEFAULT	65535u	/* where that file is not there */

/* Kernels before 5.4 name no ranges: what every IOMMU reaches, less the hole
 * where x86 has its interrupts. */
static const struct vpci_range common_ranges[] = {
	{ 0, 0xfedfffff },
	{ 0xfef00000, (1ull << 39) - 1 },
};

static uint64_t entry_limit(void)
{
	char text[32];
	uint64_t limit = 0;

	if (vpci_read_text(ENTRY_LIMIT, text, sizeof(text)) > 0)
		limit = strtoull(text, NULL, 10);
	return limit ? limit : ENTRIES_DEFAULT;
}

/* How many more the kernel maps; asked when nothing is mapped yet. */
static uint64_t mappings_left(const struct vfio_iommu_type1_info *info, uint32_t caps)
{
	const struct vfio_iommu_type1_info_dma_avail *cap;
	size_t size;

	cap = vpci_vfio_cap(info, caps, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, sizeof(*cap), &size);
	return cap ? cap->avail : entry_limit();
}

static int set_ranges(struct vpci_space *space, const struct vfio_iommu_type1_info *info,
		      uint32_t caps)
{
	const uint64_t sizes = info->flags & VFIO_IOMMU_INFO_PGSIZES ? info->iova_pgsizes : 0;
	const struct vfio_iommu_type1_info_cap_iova_range *cap;
	size_t size, n;
	struct vpci_range *ranges;
	int err;

	cap = vpci_vfio_cap(info, caps, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, sizeof(*cap), &size);
	if (!cap)
		return vpci_space_set_ranges(space, common_ranges, 2, sizes);
	n = (size - sizeof(*cap)) / sizeof(cap->iova_ranges[0]);
	n = cap->nr_iovas < n ? cap->nr_iovas : n;
	ranges = calloc(n ? n : 1, sizeof(*ranges));
	if (!ranges)
		return virtio_set_error(ENOMEM, "no memory for the ranges of the IOMMU");
	for (size_t i = 0; i < n; i++) {
		ranges[i].first = cap->iova_ranges[i].start;
		ranges[i].last = cap->iova_ranges[i].end;
	}
	err = vpci_space_set_ranges(space, ranges, (unsigned)n, sizes);
	free(ranges);
	return err;
}

int vpci_type1_look(struct vpci_space *space)
{
	const struct vfio_iommu_type1_info ask = { .argsz = sizeof(ask) };
	struct vfio_iommu_type1_info *info = vpci_vfio_info(space->fd, VFIO_IOMMU_GET_INFO, &ask,
							    sizeof(ask));
	uint32_t caps;
	int err;

	if (!info)
		return virtio_set_error(errno, "VFIO does not describe the IOMMU of group %d: %s",
					space->group, strerror(errno));
	caps = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0;
	space->max_mappings = mappings_left(info, caps);
	err = set_ranges(space, info, caps);
	free(info);
	return err;
}

static int explain(const struct vpci_space *space, const struct vpci_mapping *m, int error)
{
	struct vpci_memlock lock;

	switch (error) {
	case ENOMEM:
		lock = vpci_memlock_read("VmLck:");
		return vpci_memlock_error(&lock, m->len);
	case ENOSPC:
		return virtio_set_error(error, "%" PRIu64 " regions are mapped and one more is "
					"needed, but the kernel allows %" PRIu64 " (%s): register "
					"fewer and larger ones, or raise it", space->count,
					space->max_mappings, ENTRY_LIMIT);
	case EFAULT:
		return virtio_set_error(error, "%" PRIu64 " bytes at %p cannot be pinned: is all "
					"of it mapped, and writable?", m->len, m->addr);
	default:
		return virtio_set_error(error, "VFIO does not map %" PRIu64 " bytes at %p to IOVA "
					"0x%" PRIx64 ": %s", m->len, m->addr, m->bus_addr,
					strerror(error));
	}
}

int vpci_type1_map(struct vpci_space *space, const struct vpci_mapping *m)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)m->addr,
		.iova = m->bus_addr,
		.size = m->len,
	};

	if (!ioctl(space->fd, VFIO_IOMMU_MAP_DMA, &map))
		return 0;
	return explain(space, m, errno);
}

int vpci_type1_unmap(struct vpci_space *space, const struct vpci_mapping *m)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = m->bus_addr,
		.size = m->len,
	};

	if (!ioctl(space->fd, VFIO_IOMMU_UNMAP_DMA, &unmap) && unmap.size == m->len)
		return 0;
	return virtio_set_error(EIO, "VFIO does not unmap %" PRIu64 " bytes at IOVA 0x%" PRIx64,
				m->len, m->bus_addr);
}
