/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IOMMU's table. It fails the test when what was never mapped is taken
 * away.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "fake-iommu.h"
#include "unit.h"

#define ROWS	(sizeof(iommu.mapped) / sizeof(iommu.mapped[0]))

struct fake_iommu iommu;

static int space_open(struct vpci_space *space, const char *device)
{
	(void)device;
	if (space->group == TAKEN)
		return virtio_set_error(EBUSY, "group %d is taken", TAKEN);
	iommu.opened++;
	return 0;
}

static void space_close(struct vpci_space *space)
{
	iommu.closed += space->group != TAKEN;
}

static int space_look(struct vpci_space *space)
{
	space->max_mappings = 500;
	return vpci_space_set_ranges(space, &iommu.usable, 1, iommu.page_sizes);
}

static int space_map(struct vpci_space *space, const struct vpci_mapping *m)
{
	unsigned i = 0;

	(void)space;
	iommu.map_calls++;
	if (iommu.map_error)
		return virtio_set_error(-iommu.map_error, "the IOMMU says no");
	while (iommu.mapped[i].len)
		must(++i < ROWS);
	iommu.mapped[i].iova = m->bus_addr;
	iommu.mapped[i].len = m->len;
	iommu.mapped[i].addr = m->addr;
	return 0;
}

static int space_unmap(struct vpci_space *space, const struct vpci_mapping *m)
{
	(void)space;
	iommu.unmap_calls++;
	if (iommu.unmap_error)
		return virtio_set_error(-iommu.unmap_error, "the IOMMU keeps it");
	for (unsigned i = 0; i < ROWS; i++) {
		if (iommu.mapped[i].len != m->len || iommu.mapped[i].iova != m->bus_addr)
			continue;
		iommu.mapped[i].len = 0;
		return 0;
	}
	ck_abort_msg("0x%" PRIx64 " was not mapped", m->bus_addr);
}

unsigned fake_iommu_mappings(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ROWS; i++)
		n += iommu.mapped[i].len != 0;
	return n;
}

void fake_iommu_begin(void)
{
	memset(&iommu, 0, sizeof(iommu));
	iommu.usable = (struct vpci_range){ 0, (1ull << 39) - 1 };
	iommu.page_sizes = 0x40201000;
	iommu.memory = mmap(NULL, 8 * HUGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(iommu.memory, MAP_FAILED);
}

void fake_iommu_end(void)
{
	munmap(iommu.memory, 8 * HUGE);
}

int fake_iommu_open(struct vpci_share *share, int group)
{
	static const struct vpci_space_ops ops = {
		.translated = true,
		.open = space_open,
		.close = space_close,
		.look = space_look,
		.map = space_map,
		.unmap = space_unmap,
	};

	return vpci_share_open(share, &ops, group, "0000:00:00.0");
}

struct vpci_share fake_iommu_join(int group)
{
	struct vpci_share share = { 0 };

	ck_assert_int_eq(fake_iommu_open(&share, group), 0);
	ck_assert_int_eq(vpci_share_ready(&share), 0);
	return share;
}

struct virtio_mem_region fake_iommu_region(uint64_t offset, uint64_t len)
{
	return (struct virtio_mem_region){
		.struct_size = sizeof(struct virtio_mem_region),
		.fd = -1,
		.addr = iommu.memory + offset,
		.len = len,
		.page_size = PAGE,
	};
}
