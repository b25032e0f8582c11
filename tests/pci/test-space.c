/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory in an address space of the bus: where it is mapped, what is refused,
 * what is left of a mapping that failed or ended.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/backend.h>

#include "fake-iommu.h"
#include "memlock.h"
#include "unit.h"

START_TEST(region_is_mapped_where_the_device_is_told)
{
	struct vpci_share share = fake_iommu_join(1);
	struct virtio_mem_region r = fake_iommu_region(0, PAGE);

	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	ck_assert_uint_eq(iommu.mapped[0].iova, r.bus_addr);
	ck_assert_uint_ne(r.bus_addr, 0);
	ck_assert_ptr_eq(iommu.mapped[0].addr, iommu.memory);
	ck_assert_ptr_null(r.bus_pages);
	vpci_share_close(&share);
}
END_TEST

START_TEST(regions_that_overlap_have_a_mapping_each)
{
	struct vpci_share share = fake_iommu_join(1);
	struct virtio_mem_region whole = fake_iommu_region(0, 4 * PAGE);
	struct virtio_mem_region part = fake_iommu_region(PAGE, PAGE);

	ck_assert_int_eq(vpci_share_add(&share, &whole), 0);
	ck_assert_int_eq(vpci_share_add(&share, &part), 0);
	ck_assert_uint_eq(fake_iommu_mappings(), 2);
	ck_assert(part.bus_addr >= whole.bus_addr + 4 * PAGE ||
		  part.bus_addr + PAGE <= whole.bus_addr);
	vpci_share_close(&share);
}
END_TEST

START_TEST(huge_pages_get_an_address_that_fits_them)
{
	struct vpci_share share = fake_iommu_join(1);
	struct virtio_mem_region small = fake_iommu_region(0, PAGE);
	struct virtio_mem_region huge = fake_iommu_region(HUGE, HUGE);

	huge.page_size = HUGE;
	ck_assert_int_eq(vpci_share_add(&share, &small), 0);
	ck_assert_int_eq(vpci_share_add(&share, &huge), 0);
	ck_assert_uint_eq(huge.bus_addr % HUGE, 0);
	vpci_share_close(&share);
}
END_TEST

START_TEST(huge_pages_make_do_where_nothing_fits_them)
{
	struct virtio_mem_region r = fake_iommu_region(0, PAGE);
	struct vpci_share share;

	iommu.usable = (struct vpci_range){ HUGE + PAGE, 2 * HUGE - 1 };
	share = fake_iommu_join(1);
	r.page_size = HUGE;
	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	vpci_share_close(&share);
}
END_TEST

START_TEST(address_space_that_is_full_says_so)
{
	struct virtio_mem_region r = fake_iommu_region(0, 4 * PAGE);
	struct vpci_share share;

	iommu.usable = (struct vpci_range){ 0x1000, 0x3fff };
	share = fake_iommu_join(1);
	ck_assert_int_eq(vpci_share_add(&share, &r), -ENOSPC);
	assert_error_says("16384 bytes");
	assert_error_says("0x3fff");
	ck_assert_uint_eq(iommu.map_calls, 0);
	vpci_share_close(&share);
}
END_TEST

START_TEST(memory_that_the_iommu_cannot_map_exactly_is_refused)
{
	struct virtio_mem_region r = fake_iommu_region(0, PAGE);
	struct vpci_share share;

	iommu.page_sizes = 0x10000;
	share = fake_iommu_join(1);
	ck_assert_int_eq(vpci_share_add(&share, &r), -EINVAL);
	assert_error_says("65536");
	vpci_share_close(&share);
}
END_TEST

START_TEST(refused_mapping_leaves_nothing)
{
	struct vpci_share share = fake_iommu_join(1);
	struct virtio_mem_region r = fake_iommu_region(0, PAGE), again = r;
	struct virtio_mem_limits limits = { 0 };

	iommu.map_error = -EFAULT;
	ck_assert_int_eq(vpci_share_add(&share, &r), -EFAULT);
	assert_error_says("the IOMMU says no");
	ck_assert_int_eq(vpci_share_limits(&share, &limits), 0);
	ck_assert_uint_eq(limits.used_regions, 0);
	iommu.map_error = 0;
	ck_assert_int_eq(vpci_share_add(&share, &again), 0);
	ck_assert_uint_eq(again.bus_addr, PAGE);
	vpci_share_close(&share);
}
END_TEST

START_TEST(address_that_may_still_be_mapped_is_not_used_again)
{
	struct vpci_share share = fake_iommu_join(1);
	struct virtio_mem_region r = fake_iommu_region(0, PAGE);
	struct virtio_mem_region next = fake_iommu_region(PAGE, PAGE);
	uint64_t first;

	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	first = r.bus_addr;
	iommu.unmap_error = -EIO;
	ck_assert_int_eq(vpci_share_remove(&share, &r), -EIO);
	iommu.unmap_error = 0;
	ck_assert_int_eq(vpci_share_add(&share, &next), 0);
	ck_assert_uint_ne(next.bus_addr, first);
	vpci_share_close(&share);
}
END_TEST

START_TEST(limits_are_those_of_the_iommu)
{
	struct vpci_share share = fake_iommu_join(1);
	struct virtio_mem_region r = fake_iommu_region(0, PAGE);
	struct virtio_mem_limits limits = { 0 };

	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	ck_assert_int_eq(vpci_share_limits(&share, &limits), 0);
	ck_assert_uint_eq(limits.max_regions, 500);
	ck_assert_uint_eq(limits.used_regions, 1);
	ck_assert_uint_eq(limits.alignment, PAGE);
	ck_assert_uint_eq(limits.max_address, (1ull << 39) - 1);
	ck_assert_uint_eq(limits.can_add, 1);
	ck_assert_uint_eq(limits.needs_fd, 0);
	ck_assert_uint_eq(limits.page_size, 0);
	vpci_share_close(&share);
}
END_TEST

START_TEST(five_hundred_regions_come_and_go)
{
	static struct virtio_mem_region regions[500];
	struct vpci_share share = fake_iommu_join(1);

	for (unsigned i = 0; i < 500; i++) {
		regions[i] = fake_iommu_region(i * 2 * PAGE, PAGE);
		must(!vpci_share_add(&share, &regions[i]));
	}
	ck_assert_uint_eq(fake_iommu_mappings(), 500);
	for (unsigned i = 0; i < 500; i += 2)
		must(!vpci_share_remove(&share, &regions[i]));
	for (unsigned i = 0; i < 500; i += 2)
		must(!vpci_share_add(&share, &regions[i]));
	ck_assert_uint_eq(fake_iommu_mappings(), 500);
	vpci_share_close(&share);
	ck_assert_uint_eq(fake_iommu_mappings(), 0);
}
END_TEST

START_TEST(locked_memory_is_told_with_need_and_limit)
{
	const struct vpci_memlock m = { .locked = 4194304, .allowed = 8388608 };

	ck_assert_int_eq(vpci_memlock_error(&m, 268435456), -ENOMEM);
	assert_error_says("268435456 bytes more");
	assert_error_says("272629760");
	assert_error_says("RLIMIT_MEMLOCK allows 8388608");
	assert_error_says("ulimit -l");
	assert_error_says("LimitMEMLOCK=");
	assert_error_says("CAP_IPC_LOCK");
}
END_TEST

START_TEST(limit_on_locked_memory_is_not_blamed_where_there_is_none)
{
	const struct vpci_memlock root = { .allowed = 8388608, .privileged = true };
	const struct vpci_memlock none = { .allowed = UINT64_MAX };

	ck_assert_int_eq(vpci_memlock_error(&root, PAGE), -ENOMEM);
	ck_assert_ptr_null(strstr(virtio_last_error(), "RLIMIT_MEMLOCK"));
	ck_assert_int_eq(vpci_memlock_error(&none, PAGE), -ENOMEM);
	ck_assert_ptr_null(strstr(virtio_last_error(), "RLIMIT_MEMLOCK"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("space");

	tcase_add_checked_fixture(tc, fake_iommu_begin, fake_iommu_end);
	tcase_add_test(tc, region_is_mapped_where_the_device_is_told);
	tcase_add_test(tc, regions_that_overlap_have_a_mapping_each);
	tcase_add_test(tc, huge_pages_get_an_address_that_fits_them);
	tcase_add_test(tc, huge_pages_make_do_where_nothing_fits_them);
	tcase_add_test(tc, address_space_that_is_full_says_so);
	tcase_add_test(tc, memory_that_the_iommu_cannot_map_exactly_is_refused);
	tcase_add_test(tc, refused_mapping_leaves_nothing);
	tcase_add_test(tc, address_that_may_still_be_mapped_is_not_used_again);
	tcase_add_test(tc, limits_are_those_of_the_iommu);
	tcase_add_test(tc, five_hundred_regions_come_and_go);
	tcase_add_test(tc, locked_memory_is_told_with_need_and_limit);
	tcase_add_test(tc, limit_on_locked_memory_is_not_blamed_where_there_is_none);
	return unit_run("space", tc);
}
