/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Physical addresses out of a pagemap that the test makes up: a file with a word
 * for each page of memory, filled in when the memory is locked, as the kernel
 * does.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "pages.h"
#include "unit.h"

#define SMALL	((uint64_t)sysconf(_SC_PAGESIZE))
#define HUGE	((uint64_t)VPCI_HUGE_PAGE)
#define PRESENT	(1ull << 63)
#define PIECES	4

static void *map;
static uint8_t *memory;			/* PIECES huge pages, as far as anyone knows */
static int pagemap;
static char pagemap_path[64];
static uint64_t physical[PIECES];	/* of each piece */
static uint64_t present;		/* the flag, in each word */
static bool hidden;
static bool locked;
static int lock_error;
static struct vpci_pages pages;

int __wrap_mlock(const void *addr, size_t len);

static void put_word(const uint8_t *at, uint64_t word)
{
	const off_t offset = (off_t)((uintptr_t)at / SMALL * 8);

	ck_assert_int_eq(pwrite(pagemap, &word, 8, offset), 8);
}

/* The kernel faults pages in: from now on they have an address. */
int __wrap_mlock(const void *addr, size_t len)
{
	const size_t first = (size_t)((const uint8_t *)addr - memory);

	if (lock_error) {
		errno = lock_error;
		return -1;
	}
	locked = true;
	for (size_t at = first; at < first + len; at += SMALL) {
		const uint64_t frame = (physical[at / HUGE] + at % HUGE) / SMALL;

		put_word(memory + at, present | (hidden ? 0 : frame));
	}
	return 0;
}

static void begin(void)
{
	map = mmap(NULL, (PIECES + 1) * HUGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(map, MAP_FAILED);
	memory = (uint8_t *)map + (HUGE - (uintptr_t)map % HUGE) % HUGE;
	pagemap = memfd_create("pagemap", MFD_CLOEXEC);
	ck_assert_int_ge(pagemap, 0);
	snprintf(pagemap_path, sizeof(pagemap_path), "/proc/self/fd/%d", pagemap);
	put_word(memory + PIECES * HUGE, 0);	/* as long as it has to be */
	for (unsigned i = 0; i < PIECES; i++)
		physical[i] = 0x40000000 + i * HUGE;
	present = PRESENT;
	hidden = false;
	locked = false;
	lock_error = 0;
	pages = (struct vpci_pages){ 0 };
}

static void end(void)
{
	free(pages.each);
	munmap(map, (PIECES + 1) * HUGE);
	close(pagemap);
}

static int find_at(uint64_t offset, uint64_t len, uint64_t page_size)
{
	const struct virtio_mem_region region = {
		.struct_size = sizeof(region),
		.fd = -1,
		.addr = memory + offset,
		.len = len,
		.page_size = page_size,
	};

	return vpci_pages_find(pagemap_path, &region, &pages);
}

START_TEST(pieces_in_a_row_are_one_address)
{
	ck_assert_int_eq(find_at(0, PIECES * HUGE, HUGE), 0);
	ck_assert_uint_eq(pages.first, 0x40000000);
	ck_assert_ptr_null(pages.each);
}
END_TEST

START_TEST(scattered_pieces_are_told_one_by_one)
{
	physical[2] = 0x7c00000000;
	ck_assert_int_eq(find_at(0, PIECES * HUGE, HUGE), 0);
	ck_assert_ptr_nonnull(pages.each);
	ck_assert_uint_eq(pages.size, HUGE);
	for (unsigned i = 0; i < PIECES; i++)
		ck_assert_uint_eq(pages.each[i], physical[i]);
}
END_TEST

START_TEST(region_that_begins_inside_a_huge_page_is_told_in_small_ones)
{
	physical[1] = 0x80000000;
	ck_assert_int_eq(find_at(HUGE - SMALL, 3 * SMALL, HUGE), 0);
	ck_assert_uint_eq(pages.size, SMALL);
	ck_assert_uint_eq(pages.each[0], physical[0] + HUGE - SMALL);
	ck_assert_uint_eq(pages.each[1], physical[1]);
	ck_assert_uint_eq(pages.each[2], physical[1] + SMALL);
}
END_TEST

START_TEST(last_piece_may_be_part_of_a_huge_page)
{
	physical[1] = 0x80000000;
	ck_assert_int_eq(find_at(0, HUGE + SMALL, HUGE), 0);
	ck_assert_uint_eq(pages.each[0], physical[0]);
	ck_assert_uint_eq(pages.each[1], physical[1]);
}
END_TEST

START_TEST(memory_in_small_pages_is_left_out)
{
	ck_assert_int_eq(find_at(0, HUGE, SMALL), 1);
	ck_assert_int_eq(find_at(0, HUGE, HUGE / 2), 1);
	ck_assert(!locked);
}
END_TEST

START_TEST(memory_is_locked_before_it_is_looked_up)
{
	ck_assert_int_eq(find_at(0, HUGE, HUGE), 0);
	ck_assert(locked);
}
END_TEST

START_TEST(memory_that_cannot_be_locked_is_refused)
{
	lock_error = EAGAIN;
	ck_assert_int_eq(find_at(0, HUGE, HUGE), -EAGAIN);
	assert_error_says("nr_hugepages");
	ck_assert_ptr_null(pages.each);
}
END_TEST

START_TEST(page_that_is_no_huge_one_after_all_is_refused)
{
	physical[0] = 0x40000000 + SMALL;	/* aligned to no huge page */
	ck_assert_int_eq(find_at(0, HUGE, HUGE), -EFAULT);
	assert_error_says("not in a huge page");
	ck_assert_ptr_null(pages.each);
}
END_TEST

START_TEST(hidden_addresses_are_an_error_of_privilege)
{
	/* Without the privilege the kernel shows 0 for each. */
	hidden = true;
	ck_assert_int_eq(find_at(0, HUGE, HUGE), -EPERM);
	assert_error_says("CAP_SYS_ADMIN");
}
END_TEST

START_TEST(page_that_is_not_in_memory_is_refused)
{
	present = 0;
	ck_assert_int_eq(find_at(0, HUGE, HUGE), -EFAULT);
	assert_error_says("not in memory");
}
END_TEST

START_TEST(absent_pagemap_is_named)
{
	const struct virtio_mem_region region = { .addr = memory, .len = HUGE, .page_size = HUGE };

	ck_assert_int_eq(vpci_pages_find("/nowhere/pagemap", &region, &pages), -ENOENT);
	assert_error_says("/nowhere/pagemap");
}
END_TEST

START_TEST(length_that_is_no_page_is_refused)
{
	ck_assert_int_eq(find_at(0, HUGE + 1, HUGE), -EINVAL);
	ck_assert_int_eq(find_at(1, HUGE, HUGE), -EINVAL);
	ck_assert_int_eq(find_at(0, 0, HUGE), -EINVAL);
	ck_assert_int_eq(find_at(0, HUGE, HUGE + 4096), -EINVAL);
}
END_TEST

START_TEST(the_machines_huge_pages_have_a_size)
{
	uint64_t size = 0;

	(void)vpci_huge_pages(&size);
	ck_assert_uint_ge(size, HUGE);
	ck_assert_uint_eq(size & (size - 1), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pages");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, pieces_in_a_row_are_one_address);
	tcase_add_test(tc, scattered_pieces_are_told_one_by_one);
	tcase_add_test(tc, region_that_begins_inside_a_huge_page_is_told_in_small_ones);
	tcase_add_test(tc, last_piece_may_be_part_of_a_huge_page);
	tcase_add_test(tc, memory_in_small_pages_is_left_out);
	tcase_add_test(tc, memory_is_locked_before_it_is_looked_up);
	tcase_add_test(tc, memory_that_cannot_be_locked_is_refused);
	tcase_add_test(tc, page_that_is_no_huge_one_after_all_is_refused);
	tcase_add_test(tc, hidden_addresses_are_an_error_of_privilege);
	tcase_add_test(tc, page_that_is_not_in_memory_is_refused);
	tcase_add_test(tc, absent_pagemap_is_named);
	tcase_add_test(tc, length_that_is_no_page_is_refused);
	tcase_add_test(tc, the_machines_huge_pages_have_a_size);
	return unit_run("pages", tc);
}
