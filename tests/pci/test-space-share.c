/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who has memory in an address space of the bus: devices that share it, files
 * that are the same or are not, children of the process.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "fake-iommu.h"
#include "unit.h"

START_TEST(memory_of_a_file_is_mapped_once_for_two_devices)
{
	struct vpci_share a = fake_iommu_join(1), b = fake_iommu_join(1);
	struct virtio_mem_region ra = fake_iommu_region(0, PAGE), rb;

	ra.fd = memfd_create("both", MFD_CLOEXEC);
	rb = ra;
	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	ck_assert_uint_eq(iommu.map_calls, 1);
	ck_assert_uint_eq(ra.bus_addr, rb.bus_addr);
	ck_assert_int_eq(vpci_share_remove(&a, &ra), 0);
	ck_assert_uint_eq(iommu.unmap_calls, 0);
	ck_assert_int_eq(vpci_share_remove(&b, &rb), 0);
	ck_assert_uint_eq(fake_iommu_mappings(), 0);
	vpci_share_close(&a);
	vpci_share_close(&b);
}
END_TEST

/* What was there may have been replaced since: nobody would know. */
START_TEST(memory_of_no_file_is_mapped_for_each_device)
{
	struct vpci_share a = fake_iommu_join(1), b = fake_iommu_join(1);
	struct virtio_mem_region ra = fake_iommu_region(0, PAGE), rb = ra;

	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	ck_assert_uint_eq(iommu.map_calls, 2);
	ck_assert_uint_ne(ra.bus_addr, rb.bus_addr);
	ck_assert_int_eq(vpci_share_remove(&a, &ra), 0);
	ck_assert_uint_eq(fake_iommu_mappings(), 1);
	ck_assert_uint_eq(iommu.unmap_calls, 1);
	vpci_share_close(&a);
	vpci_share_close(&b);
	ck_assert_uint_eq(fake_iommu_mappings(), 0);
}
END_TEST

START_TEST(other_file_at_the_same_address_is_other_memory)
{
	struct vpci_share a = fake_iommu_join(1), b = fake_iommu_join(1);
	struct virtio_mem_region ra = fake_iommu_region(0, PAGE), rb = ra;
	int fds[2];

	fds[0] = memfd_create("one", MFD_CLOEXEC);
	ra.fd = fds[0];
	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	/* The number is the same, the file is not. */
	fds[1] = memfd_create("two", MFD_CLOEXEC);
	ck_assert_int_eq(dup2(fds[1], fds[0]), fds[0]);
	rb.fd = fds[0];
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	ck_assert_uint_eq(fake_iommu_mappings(), 2);
	ck_assert_uint_ne(ra.bus_addr, rb.bus_addr);
	vpci_share_close(&a);
	vpci_share_close(&b);
}
END_TEST

START_TEST(same_file_by_another_number_is_the_same_memory)
{
	struct vpci_share a = fake_iommu_join(1), b = fake_iommu_join(1);
	struct virtio_mem_region ra = fake_iommu_region(0, PAGE), rb = ra;

	ra.fd = memfd_create("one", MFD_CLOEXEC);
	rb.fd = dup(ra.fd);
	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	ck_assert_uint_eq(fake_iommu_mappings(), 1);
	vpci_share_close(&a);
	vpci_share_close(&b);
}
END_TEST

START_TEST(device_that_leaves_takes_its_memory_along)
{
	struct vpci_share a = fake_iommu_join(1), b = fake_iommu_join(1);
	struct virtio_mem_region mine = fake_iommu_region(0, PAGE);
	struct virtio_mem_region ours = fake_iommu_region(HUGE, PAGE);

	ours.fd = memfd_create("ours", MFD_CLOEXEC);
	ck_assert_int_eq(vpci_share_add(&a, &mine), 0);
	ck_assert_int_eq(vpci_share_add(&a, &ours), 0);
	ck_assert_int_eq(vpci_share_add(&b, &ours), 0);
	vpci_share_close(&a);
	ck_assert_uint_eq(fake_iommu_mappings(), 1);
	ck_assert_uint_eq(iommu.closed, 0);
	vpci_share_close(&b);
	ck_assert_uint_eq(fake_iommu_mappings(), 0);
	ck_assert_uint_eq(iommu.closed, 1);
}
END_TEST

START_TEST(groups_have_a_space_each_and_their_devices_one)
{
	struct vpci_share a = fake_iommu_join(1), b = fake_iommu_join(1), c = fake_iommu_join(2);

	ck_assert_ptr_eq(a.space, b.space);
	ck_assert_ptr_ne(a.space, c.space);
	ck_assert_uint_eq(iommu.opened, 2);
	vpci_share_close(&a);
	vpci_share_close(&b);
	vpci_share_close(&c);
	ck_assert_uint_eq(iommu.closed, 2);
}
END_TEST

START_TEST(space_is_made_anew_after_its_last_device)
{
	struct vpci_share share = fake_iommu_join(1);

	vpci_share_close(&share);
	vpci_share_close(&share);
	share = fake_iommu_join(1);
	ck_assert_uint_eq(iommu.opened, 2);
	ck_assert_uint_eq(iommu.closed, 1);
	vpci_share_close(&share);
}
END_TEST

START_TEST(space_that_cannot_be_opened_leaves_nothing)
{
	struct vpci_share share = { 0 };

	ck_assert_int_eq(fake_iommu_open(&share, TAKEN), -EBUSY);
	ck_assert_ptr_null(share.space);
	vpci_share_close(&share);
}
END_TEST

START_TEST(memory_of_a_device_that_was_given_back_is_gone_already)
{
	struct vpci_share share = fake_iommu_join(1);
	struct virtio_mem_region r = fake_iommu_region(0, PAGE), late = r;
	struct virtio_mem_limits limits = { 0 };

	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	vpci_share_close(&share);
	ck_assert_int_eq(vpci_share_remove(&share, &r), 0);
	ck_assert_uint_eq(iommu.unmap_calls, 1);
	ck_assert_int_eq(vpci_share_add(&share, &late), -ENODEV);
	ck_assert_int_eq(vpci_share_limits(&share, &limits), -ENODEV);
}
END_TEST

/* Does a child have the page at addr? */
static bool is_inherited(void *addr)
{
	unsigned char in_core;
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child)
		_exit(mincore(addr, PAGE, &in_core) == 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

START_TEST(children_go_without_private_memory_while_it_is_mapped)
{
	struct vpci_share share = fake_iommu_join(1);
	struct virtio_mem_region r = fake_iommu_region(0, PAGE);

	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	ck_assert(!is_inherited(iommu.memory));
	ck_assert(is_inherited(iommu.memory + PAGE));
	ck_assert_int_eq(vpci_share_remove(&share, &r), 0);
	ck_assert(is_inherited(iommu.memory));
	vpci_share_close(&share);
}
END_TEST

START_TEST(children_go_without_private_memory_until_no_space_has_it)
{
	struct vpci_share a = fake_iommu_join(1), b = fake_iommu_join(2);
	struct virtio_mem_region ra = fake_iommu_region(0, 2 * PAGE);
	struct virtio_mem_region rb = fake_iommu_region(PAGE, PAGE);

	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	vpci_share_close(&a);
	ck_assert(!is_inherited(iommu.memory + PAGE));
	vpci_share_close(&b);
	ck_assert(is_inherited(iommu.memory + PAGE));
}
END_TEST

START_TEST(children_get_back_what_no_space_has_piece_by_piece)
{
	struct vpci_share a = fake_iommu_join(1), b = fake_iommu_join(2);
	struct virtio_mem_region ra = fake_iommu_region(0, 3 * PAGE);
	struct virtio_mem_region rb = fake_iommu_region(PAGE, PAGE);

	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	vpci_share_close(&a);
	ck_assert(is_inherited(iommu.memory));
	ck_assert(!is_inherited(iommu.memory + PAGE));
	ck_assert(is_inherited(iommu.memory + 2 * PAGE));
	vpci_share_close(&b);
	ck_assert(is_inherited(iommu.memory + PAGE));
}
END_TEST

START_TEST(children_inherit_memory_of_a_file)
{
	struct vpci_share share = fake_iommu_join(1);
	struct virtio_mem_region r = fake_iommu_region(0, PAGE);

	r.fd = memfd_create("shared", MFD_CLOEXEC);
	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	ck_assert(is_inherited(iommu.memory));
	vpci_share_close(&share);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("space-share");

	tcase_add_checked_fixture(tc, fake_iommu_begin, fake_iommu_end);
	tcase_add_test(tc, memory_of_a_file_is_mapped_once_for_two_devices);
	tcase_add_test(tc, memory_of_no_file_is_mapped_for_each_device);
	tcase_add_test(tc, other_file_at_the_same_address_is_other_memory);
	tcase_add_test(tc, same_file_by_another_number_is_the_same_memory);
	tcase_add_test(tc, device_that_leaves_takes_its_memory_along);
	tcase_add_test(tc, groups_have_a_space_each_and_their_devices_one);
	tcase_add_test(tc, space_is_made_anew_after_its_last_device);
	tcase_add_test(tc, space_that_cannot_be_opened_leaves_nothing);
	tcase_add_test(tc, memory_of_a_device_that_was_given_back_is_gone_already);
	tcase_add_test(tc, children_go_without_private_memory_while_it_is_mapped);
	tcase_add_test(tc, children_get_back_what_no_space_has_piece_by_piece);
	tcase_add_test(tc, children_go_without_private_memory_until_no_space_has_it);
	tcase_add_test(tc, children_inherit_memory_of_a_file);
	return unit_run("space-share", tc);
}
