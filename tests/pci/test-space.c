/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory in an address space of the bus, and who has it: with an IOMMU that
 * notes down what is mapped, and devices that are names only.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "memlock.h"
#include "space.h"
#include "unit.h"

#define PAGE	4096ull
#define HUGE	0x200000ull

/* What the IOMMU has: a row for each mapping. */
static struct {
	uint64_t iova;
	uint64_t len;
	const void *addr;
} mapped[600];
static unsigned map_calls, unmap_calls, opened, closed;
static int map_error, unmap_error;
static struct vpci_range usable;
static uint64_t page_sizes;

static uint8_t *memory;

static int fake_open(struct vpci_space *space, const char *device)
{
	(void)device;
	if (space->group == 13)
		return virtio_set_error(EBUSY, "group 13 is taken");
	opened++;
	return 0;
}

static void fake_close(struct vpci_space *space)
{
	if (space->group != 13)
		closed++;
}

static int fake_look(struct vpci_space *space)
{
	space->max_mappings = 500;
	return vpci_space_set_ranges(space, &usable, 1, page_sizes);
}

static int fake_map(struct vpci_space *space, const struct vpci_mapping *m)
{
	unsigned i = 0;

	(void)space;
	map_calls++;
	if (map_error)
		return virtio_set_error(-map_error, "the IOMMU says no");
	while (mapped[i].len)
		i++;
	mapped[i].iova = m->bus_addr;
	mapped[i].len = m->len;
	mapped[i].addr = m->addr;
	return 0;
}

static int fake_unmap(struct vpci_space *space, const struct vpci_mapping *m)
{
	(void)space;
	unmap_calls++;
	if (unmap_error)
		return virtio_set_error(-unmap_error, "the IOMMU keeps it");
	for (unsigned i = 0; i < sizeof(mapped) / sizeof(mapped[0]); i++) {
		if (mapped[i].len != m->len || mapped[i].iova != m->bus_addr)
			continue;
		mapped[i].len = 0;
		return 0;
	}
	ck_abort_msg("0x%" PRIx64 " was not mapped", m->bus_addr);
}

static const struct vpci_space_ops fake = {
	.translated = true,
	.open = fake_open,
	.close = fake_close,
	.look = fake_look,
	.map = fake_map,
	.unmap = fake_unmap,
};

static unsigned mappings(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < sizeof(mapped) / sizeof(mapped[0]); i++)
		n += mapped[i].len != 0;
	return n;
}

static void begin(void)
{
	memset(mapped, 0, sizeof(mapped));
	map_calls = unmap_calls = opened = closed = 0;
	map_error = unmap_error = 0;
	usable = (struct vpci_range){ 0, (1ull << 39) - 1 };
	page_sizes = 0x40201000;
	memory = mmap(NULL, 8 * HUGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
}

static void end(void)
{
	munmap(memory, 8 * HUGE);
}

static struct vpci_share join(int group)
{
	struct vpci_share share = { 0 };

	ck_assert_int_eq(vpci_share_open(&share, &fake, group, "0000:00:00.0"), 0);
	ck_assert_int_eq(vpci_share_ready(&share), 0);
	return share;
}

static struct virtio_mem_region region_at(uint64_t offset, uint64_t len)
{
	return (struct virtio_mem_region){
		.struct_size = sizeof(struct virtio_mem_region),
		.fd = -1,
		.addr = memory + offset,
		.len = len,
		.page_size = PAGE,
	};
}

START_TEST(region_is_mapped_where_the_device_is_told)
{
	struct vpci_share share = join(1);
	struct virtio_mem_region r = region_at(0, PAGE);

	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	ck_assert_uint_eq(mapped[0].iova, r.bus_addr);
	ck_assert_uint_ne(r.bus_addr, 0);
	ck_assert_ptr_eq(mapped[0].addr, memory);
	ck_assert_ptr_null(r.bus_pages);
	vpci_share_close(&share);
}
END_TEST

START_TEST(region_of_two_devices_is_mapped_once)
{
	struct vpci_share a = join(1), b = join(1);
	struct virtio_mem_region ra = region_at(0, PAGE), rb = ra;

	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	ck_assert_uint_eq(map_calls, 1);
	ck_assert_uint_eq(ra.bus_addr, rb.bus_addr);
	ck_assert_int_eq(vpci_share_remove(&a, &ra), 0);
	ck_assert_uint_eq(unmap_calls, 0);
	ck_assert_int_eq(vpci_share_remove(&b, &rb), 0);
	ck_assert_uint_eq(mappings(), 0);
	vpci_share_close(&a);
	vpci_share_close(&b);
}
END_TEST

START_TEST(regions_that_overlap_have_a_mapping_each)
{
	struct vpci_share share = join(1);
	struct virtio_mem_region whole = region_at(0, 4 * PAGE), part = region_at(PAGE, PAGE);

	ck_assert_int_eq(vpci_share_add(&share, &whole), 0);
	ck_assert_int_eq(vpci_share_add(&share, &part), 0);
	ck_assert_uint_eq(mappings(), 2);
	ck_assert(part.bus_addr >= whole.bus_addr + 4 * PAGE ||
		  part.bus_addr + PAGE <= whole.bus_addr);
	vpci_share_close(&share);
}
END_TEST

START_TEST(other_file_at_the_same_address_is_other_memory)
{
	struct vpci_share a = join(1), b = join(1);
	struct virtio_mem_region ra = region_at(0, PAGE), rb = ra;
	int fds[2];

	fds[0] = memfd_create("one", MFD_CLOEXEC);
	ra.fd = fds[0];
	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	/* The number is the same, the file is not. */
	fds[1] = memfd_create("two", MFD_CLOEXEC);
	ck_assert_int_eq(dup2(fds[1], fds[0]), fds[0]);
	rb.fd = fds[0];
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	ck_assert_uint_eq(mappings(), 2);
	ck_assert_uint_ne(ra.bus_addr, rb.bus_addr);
	vpci_share_close(&a);
	vpci_share_close(&b);
}
END_TEST

START_TEST(same_file_by_another_number_is_the_same_memory)
{
	struct vpci_share a = join(1), b = join(1);
	struct virtio_mem_region ra = region_at(0, PAGE), rb = ra;

	ra.fd = memfd_create("one", MFD_CLOEXEC);
	rb.fd = dup(ra.fd);
	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	ck_assert_uint_eq(mappings(), 1);
	vpci_share_close(&a);
	vpci_share_close(&b);
}
END_TEST

START_TEST(huge_pages_get_an_address_that_fits_them)
{
	struct vpci_share share = join(1);
	struct virtio_mem_region small = region_at(0, PAGE), huge = region_at(HUGE, HUGE);

	huge.page_size = HUGE;
	ck_assert_int_eq(vpci_share_add(&share, &small), 0);
	ck_assert_int_eq(vpci_share_add(&share, &huge), 0);
	ck_assert_uint_eq(huge.bus_addr % HUGE, 0);
	vpci_share_close(&share);
}
END_TEST

START_TEST(huge_pages_make_do_where_nothing_fits_them)
{
	struct virtio_mem_region r = region_at(0, PAGE);
	struct vpci_share share;

	usable = (struct vpci_range){ HUGE + PAGE, 2 * HUGE - 1 };
	share = join(1);
	r.page_size = HUGE;
	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	vpci_share_close(&share);
}
END_TEST

START_TEST(address_space_that_is_full_says_so)
{
	struct virtio_mem_region r = region_at(0, 4 * PAGE);
	struct vpci_share share;

	usable = (struct vpci_range){ 0x1000, 0x3fff };
	share = join(1);
	ck_assert_int_eq(vpci_share_add(&share, &r), -ENOSPC);
	assert_error_says("16384 bytes");
	assert_error_says("0x3fff");
	ck_assert_uint_eq(map_calls, 0);
	vpci_share_close(&share);
}
END_TEST

START_TEST(memory_that_the_iommu_cannot_map_exactly_is_refused)
{
	struct virtio_mem_region r = region_at(0, PAGE);
	struct vpci_share share;

	page_sizes = 0x10000;
	share = join(1);
	ck_assert_int_eq(vpci_share_add(&share, &r), -EINVAL);
	assert_error_says("65536");
	vpci_share_close(&share);
}
END_TEST

START_TEST(refused_mapping_leaves_nothing)
{
	struct vpci_share share = join(1);
	struct virtio_mem_region r = region_at(0, PAGE), again = r;
	struct virtio_mem_limits limits = { 0 };

	map_error = -EFAULT;
	ck_assert_int_eq(vpci_share_add(&share, &r), -EFAULT);
	assert_error_says("the IOMMU says no");
	ck_assert_int_eq(vpci_share_limits(&share, &limits), 0);
	ck_assert_uint_eq(limits.used_regions, 0);
	map_error = 0;
	ck_assert_int_eq(vpci_share_add(&share, &again), 0);
	ck_assert_uint_eq(again.bus_addr, PAGE);
	vpci_share_close(&share);
}
END_TEST

START_TEST(address_that_may_still_be_mapped_is_not_used_again)
{
	struct vpci_share share = join(1);
	struct virtio_mem_region r = region_at(0, PAGE), next = region_at(PAGE, PAGE);
	uint64_t first;

	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	first = r.bus_addr;
	unmap_error = -EIO;
	ck_assert_int_eq(vpci_share_remove(&share, &r), -EIO);
	unmap_error = 0;
	ck_assert_int_eq(vpci_share_add(&share, &next), 0);
	ck_assert_uint_ne(next.bus_addr, first);
	vpci_share_close(&share);
}
END_TEST

START_TEST(device_that_leaves_takes_its_memory_along)
{
	struct vpci_share a = join(1), b = join(1);
	struct virtio_mem_region mine = region_at(0, PAGE), ours = region_at(HUGE, PAGE);

	ck_assert_int_eq(vpci_share_add(&a, &mine), 0);
	ck_assert_int_eq(vpci_share_add(&a, &ours), 0);
	ck_assert_int_eq(vpci_share_add(&b, &ours), 0);
	vpci_share_close(&a);
	ck_assert_uint_eq(mappings(), 1);
	ck_assert_uint_eq(closed, 0);
	vpci_share_close(&b);
	ck_assert_uint_eq(mappings(), 0);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(groups_have_a_space_each_and_their_devices_one)
{
	struct vpci_share a = join(1), b = join(1), c = join(2);

	ck_assert_ptr_eq(a.space, b.space);
	ck_assert_ptr_ne(a.space, c.space);
	ck_assert_uint_eq(opened, 2);
	vpci_share_close(&a);
	vpci_share_close(&b);
	vpci_share_close(&c);
	ck_assert_uint_eq(closed, 2);
}
END_TEST

START_TEST(space_is_made_anew_after_its_last_device)
{
	struct vpci_share share = join(1);

	vpci_share_close(&share);
	vpci_share_close(&share);
	share = join(1);
	ck_assert_uint_eq(opened, 2);
	ck_assert_uint_eq(closed, 1);
	vpci_share_close(&share);
}
END_TEST

START_TEST(space_that_cannot_be_opened_leaves_nothing)
{
	struct vpci_share share = { 0 };

	ck_assert_int_eq(vpci_share_open(&share, &fake, 13, "0000:00:00.0"), -EBUSY);
	ck_assert_ptr_null(share.space);
	vpci_share_close(&share);
}
END_TEST

START_TEST(memory_of_a_device_that_was_given_back_is_gone_already)
{
	struct vpci_share share = join(1);
	struct virtio_mem_region r = region_at(0, PAGE), late = r;
	struct virtio_mem_limits limits = { 0 };

	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	vpci_share_close(&share);
	ck_assert_int_eq(vpci_share_remove(&share, &r), 0);
	ck_assert_uint_eq(unmap_calls, 1);
	ck_assert_int_eq(vpci_share_add(&share, &late), -ENODEV);
	ck_assert_int_eq(vpci_share_limits(&share, &limits), -ENODEV);
}
END_TEST

START_TEST(limits_are_those_of_the_iommu)
{
	struct vpci_share share = join(1);
	struct virtio_mem_region r = region_at(0, PAGE);
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
	struct vpci_share share = join(1);

	for (unsigned i = 0; i < 500; i++) {
		regions[i] = region_at(i * 2 * PAGE, PAGE);
		must(!vpci_share_add(&share, &regions[i]));
	}
	ck_assert_uint_eq(mappings(), 500);
	for (unsigned i = 0; i < 500; i += 2)
		must(!vpci_share_remove(&share, &regions[i]));
	for (unsigned i = 0; i < 500; i += 2)
		must(!vpci_share_add(&share, &regions[i]));
	ck_assert_uint_eq(mappings(), 500);
	vpci_share_close(&share);
	ck_assert_uint_eq(mappings(), 0);
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
	struct vpci_share share = join(1);
	struct virtio_mem_region r = region_at(0, PAGE);

	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	ck_assert(!is_inherited(memory));
	ck_assert(is_inherited(memory + PAGE));
	ck_assert_int_eq(vpci_share_remove(&share, &r), 0);
	ck_assert(is_inherited(memory));
	vpci_share_close(&share);
}
END_TEST

START_TEST(children_go_without_private_memory_until_no_space_has_it)
{
	struct vpci_share a = join(1), b = join(2);
	struct virtio_mem_region ra = region_at(0, 2 * PAGE), rb = region_at(PAGE, PAGE);

	ck_assert_int_eq(vpci_share_add(&a, &ra), 0);
	ck_assert_int_eq(vpci_share_add(&b, &rb), 0);
	vpci_share_close(&a);
	ck_assert(!is_inherited(memory + PAGE));
	vpci_share_close(&b);
	ck_assert(is_inherited(memory + PAGE));
}
END_TEST

START_TEST(children_inherit_memory_of_a_file)
{
	struct vpci_share share = join(1);
	struct virtio_mem_region r = region_at(0, PAGE);

	r.fd = memfd_create("shared", MFD_CLOEXEC);
	ck_assert_int_eq(vpci_share_add(&share, &r), 0);
	ck_assert(is_inherited(memory));
	vpci_share_close(&share);
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

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, region_is_mapped_where_the_device_is_told);
	tcase_add_test(tc, region_of_two_devices_is_mapped_once);
	tcase_add_test(tc, regions_that_overlap_have_a_mapping_each);
	tcase_add_test(tc, other_file_at_the_same_address_is_other_memory);
	tcase_add_test(tc, same_file_by_another_number_is_the_same_memory);
	tcase_add_test(tc, huge_pages_get_an_address_that_fits_them);
	tcase_add_test(tc, huge_pages_make_do_where_nothing_fits_them);
	tcase_add_test(tc, address_space_that_is_full_says_so);
	tcase_add_test(tc, memory_that_the_iommu_cannot_map_exactly_is_refused);
	tcase_add_test(tc, refused_mapping_leaves_nothing);
	tcase_add_test(tc, address_that_may_still_be_mapped_is_not_used_again);
	tcase_add_test(tc, device_that_leaves_takes_its_memory_along);
	tcase_add_test(tc, groups_have_a_space_each_and_their_devices_one);
	tcase_add_test(tc, space_is_made_anew_after_its_last_device);
	tcase_add_test(tc, space_that_cannot_be_opened_leaves_nothing);
	tcase_add_test(tc, memory_of_a_device_that_was_given_back_is_gone_already);
	tcase_add_test(tc, limits_are_those_of_the_iommu);
	tcase_add_test(tc, five_hundred_regions_come_and_go);
	tcase_add_test(tc, children_go_without_private_memory_while_it_is_mapped);
	tcase_add_test(tc, children_go_without_private_memory_until_no_space_has_it);
	tcase_add_test(tc, children_inherit_memory_of_a_file);
	tcase_add_test(tc, locked_memory_is_told_with_need_and_limit);
	tcase_add_test(tc, limit_on_locked_memory_is_not_blamed_where_there_is_none);
	return unit_run("space", tc);
}
