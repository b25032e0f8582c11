/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The allocator of I/O virtual addresses: inside what is usable, aligned, never
 * twice; against lists of ranges that no kernel should hand out, and at the
 * end of 64 bits.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "iova.h"
#include "unit.h"

#define PAGE	0x1000ull
#define HUGE	0x200000ull
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct vpci_iova iova;

static void drop(void)
{
	vpci_iova_destroy(&iova);
}

static void begin(const struct vpci_range *ranges, unsigned n)
{
	ck_assert_int_eq(vpci_iova_init(&iova, ranges, n), 0);
}

static uint64_t take(uint64_t len, uint64_t align)
{
	uint64_t at = 0;

	ck_assert_int_eq(vpci_iova_alloc(&iova, len, align, &at), 0);
	return at;
}

START_TEST(address_0_is_never_given)
{
	static const struct vpci_range low = { 0, 0xfffff };

	begin(&low, 1);
	ck_assert_uint_ne(take(PAGE, PAGE), 0);
}
END_TEST

START_TEST(addresses_are_aligned)
{
	static const struct vpci_range odd = { 0x1234, 0xffffffff };

	begin(&odd, 1);
	ck_assert_uint_eq(take(PAGE, PAGE), 0x2000);
	ck_assert_uint_eq(take(3 * HUGE, HUGE), HUGE);
	ck_assert_uint_eq(take(1, 1ull << 30), 1ull << 30);
}
END_TEST

START_TEST(gaps_before_an_aligned_piece_are_used)
{
	static const struct vpci_range range = { 0, 0xffffffff };

	begin(&range, 1);
	take(HUGE, HUGE);
	ck_assert_uint_lt(take(PAGE, PAGE), HUGE);
}
END_TEST

START_TEST(pieces_do_not_reach_over_a_hole)
{
	static const struct vpci_range ranges[] = {
		{ 0, 0xfedfffff }, { 0xfef00000, 0x7fffffffff },
	};

	begin(ranges, 2);
	ck_assert_uint_eq(take(0x100000000, PAGE), 0xfef00000);
}
END_TEST

START_TEST(what_is_returned_is_given_again)
{
	static const struct vpci_range range = { 0, 0xffffffff };
	uint64_t at;

	begin(&range, 1);
	at = take(HUGE, HUGE);
	take(HUGE, HUGE);
	ck_assert_int_eq(vpci_iova_free(&iova, at, HUGE), 0);
	ck_assert_uint_eq(take(HUGE, HUGE), at);
}
END_TEST

START_TEST(returned_neighbours_become_one)
{
	static const struct vpci_range range = { PAGE, 64 * PAGE - 1 };
	uint64_t at[63], big;

	begin(&range, 1);
	for (unsigned i = 0; i < 63; i++)
		at[i] = take(PAGE, PAGE);
	for (unsigned i = 0; i < 63; i += 2)
		ck_assert_int_eq(vpci_iova_free(&iova, at[i], PAGE), 0);
	ck_assert_int_eq(vpci_iova_alloc(&iova, 2 * PAGE, PAGE, &big), -ENOSPC);
	for (unsigned i = 1; i < 63; i += 2)
		ck_assert_int_eq(vpci_iova_free(&iova, at[i], PAGE), 0);
	ck_assert_uint_eq(iova.count, 1);
	ck_assert_uint_eq(take(63 * PAGE, PAGE), PAGE);
}
END_TEST

START_TEST(ranges_may_come_in_any_order_and_overlap)
{
	static const struct vpci_range ranges[] = {
		{ 0x9000, 0xafff }, { 0x3000, 0x4fff }, { 0xa000, 0xa000 }, { 0x5000, 0x6fff },
		{ 0x3000, 0x3fff }, { 0xb000, 0xbfff },
	};
	uint64_t at;

	begin(ranges, COUNT(ranges));
	ck_assert_uint_eq(take(4 * PAGE, PAGE), 0x3000);
	ck_assert_uint_eq(take(3 * PAGE, PAGE), 0x9000);
	ck_assert_int_eq(vpci_iova_alloc(&iova, 1, 1, &at), -ENOSPC);
}
END_TEST

START_TEST(reversed_ranges_hold_nothing)
{
	static const struct vpci_range ranges[] = {
		{ UINT64_MAX, 0 }, { 0x8000, 0x7fff }, { 0x10000, 0x1ffff },
	};

	begin(ranges, COUNT(ranges));
	ck_assert_uint_eq(take(0x10000, PAGE), 0x10000);
	ck_assert_uint_eq(iova.count, 0);
}
END_TEST

START_TEST(nothing_usable_is_said_at_once)
{
	static const struct vpci_range useless[] = { { 0, 0xfff }, { 5, 4 } };

	ck_assert_int_eq(vpci_iova_init(&iova, useless, 2), -ENOSPC);
	ck_assert_int_eq(vpci_iova_init(&iova, NULL, 0), -ENOSPC);
}
END_TEST

START_TEST(all_64_bits_can_be_used)
{
	static const struct vpci_range all = { 0, UINT64_MAX };
	uint64_t at;

	begin(&all, 1);
	ck_assert_uint_eq(iova.highest, UINT64_MAX);
	ck_assert_int_eq(vpci_iova_alloc(&iova, UINT64_MAX, 1, &at), -ENOSPC);
	at = take(UINT64_MAX - PAGE + 1, PAGE);
	ck_assert_uint_eq(at, PAGE);
	ck_assert_uint_eq(iova.count, 0);
	ck_assert_int_eq(vpci_iova_free(&iova, at, UINT64_MAX - PAGE + 1), 0);
	ck_assert_uint_eq(take(PAGE, 1ull << 63), 1ull << 63);
}
END_TEST

START_TEST(last_piece_of_64_bits_comes_and_goes)
{
	static const struct vpci_range ranges[] = {
		{ UINT64_MAX - 2 * HUGE + 1, UINT64_MAX }, { UINT64_MAX, UINT64_MAX },
	};
	uint64_t first, last, at;

	begin(ranges, 2);
	first = take(HUGE, HUGE);
	last = take(HUGE, HUGE);
	ck_assert_uint_eq(last, UINT64_MAX - HUGE + 1);
	ck_assert_int_eq(vpci_iova_alloc(&iova, 1, 1, &at), -ENOSPC);
	ck_assert_int_eq(vpci_iova_free(&iova, last, HUGE), 0);
	ck_assert_int_eq(vpci_iova_free(&iova, first, HUGE), 0);
	ck_assert_uint_eq(take(2 * HUGE, HUGE), first);
}
END_TEST

START_TEST(alignment_that_leads_past_the_end_finds_nothing)
{
	static const struct vpci_range end = { UINT64_MAX - 0xfff, UINT64_MAX };
	uint64_t at;

	begin(&end, 1);
	ck_assert_int_eq(vpci_iova_alloc(&iova, PAGE, HUGE, &at), -ENOSPC);
	ck_assert_uint_eq(take(PAGE, PAGE), UINT64_MAX - 0xfff);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	static const struct vpci_range range = { 0, 0xfffff };
	uint64_t at;

	begin(&range, 1);
	ck_assert_int_eq(vpci_iova_alloc(&iova, 0, PAGE, &at), -EINVAL);
	ck_assert_int_eq(vpci_iova_alloc(&iova, PAGE, 0, &at), -EINVAL);
	ck_assert_int_eq(vpci_iova_alloc(&iova, PAGE, 3 * PAGE, &at), -EINVAL);
	ck_assert_int_eq(vpci_iova_free(&iova, PAGE, PAGE), -EINVAL);
	at = take(PAGE, PAGE);
	ck_assert_int_eq(vpci_iova_free(&iova, at, 2 * PAGE), -EINVAL);
	ck_assert_int_eq(vpci_iova_free(&iova, at, 0), -EINVAL);
	ck_assert_int_eq(vpci_iova_free(&iova, UINT64_MAX, 2), -EINVAL);
	ck_assert_int_eq(vpci_iova_free(&iova, at, PAGE), 0);
}
END_TEST

START_TEST(coming_and_going_takes_no_more_room)
{
	static const struct vpci_range range = { 0, 0xfffffff };
	unsigned room;

	begin(&range, 1);
	vpci_iova_free(&iova, take(PAGE, PAGE), PAGE);
	room = iova.room;
	for (int i = 0; i < 1000; i++)
		must(!vpci_iova_free(&iova, take(PAGE, PAGE), PAGE));
	ck_assert_uint_eq(iova.room, room);
}
END_TEST

/* A pseudo-random number that is the same in each run. */
static uint32_t next(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33);
}

struct piece {
	uint64_t at;
	uint64_t len;
};

static bool is_free_of(const struct piece *pieces, unsigned n, const struct piece *p)
{
	for (unsigned i = 0; i < n; i++)
		if (&pieces[i] != p && pieces[i].len && pieces[i].at < p->at + p->len &&
		    p->at < pieces[i].at + pieces[i].len)
			return false;
	return true;
}

START_TEST(hundreds_of_pieces_never_overlap_and_all_come_back)
{
	static const struct vpci_range ranges[] = {
		{ 0, 0xfedfffff }, { 0xfef00000, 0xffffffff }, { 0x200000000, 0x2ffffffff },
	};
	static struct piece pieces[600];
	uint64_t align;

	begin(ranges, COUNT(ranges));
	for (unsigned i = 0; i < 40000; i++) {
		struct piece *p = &pieces[next() % COUNT(pieces)];

		if (p->len) {
			must(!vpci_iova_free(&iova, p->at, p->len));
			p->len = 0;
			continue;
		}
		p->len = (1 + next() % 700) * PAGE;
		align = PAGE << (next() % 10);
		must(!vpci_iova_alloc(&iova, p->len, align, &p->at));
		must(p->at && p->at % align == 0);
		must(p->at + p->len <= 0xfee00000 || p->at >= 0xfef00000);
		must(is_free_of(pieces, COUNT(pieces), p));
	}
	for (unsigned i = 0; i < COUNT(pieces); i++)
		must(!pieces[i].len || !vpci_iova_free(&iova, pieces[i].at, pieces[i].len));
	/* As at first. */
	ck_assert_uint_eq(iova.count, 3);
	ck_assert_uint_eq(iova.out, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("iova");

	tcase_add_checked_fixture(tc, NULL, drop);
	tcase_add_test(tc, address_0_is_never_given);
	tcase_add_test(tc, addresses_are_aligned);
	tcase_add_test(tc, gaps_before_an_aligned_piece_are_used);
	tcase_add_test(tc, pieces_do_not_reach_over_a_hole);
	tcase_add_test(tc, what_is_returned_is_given_again);
	tcase_add_test(tc, returned_neighbours_become_one);
	tcase_add_test(tc, ranges_may_come_in_any_order_and_overlap);
	tcase_add_test(tc, reversed_ranges_hold_nothing);
	tcase_add_test(tc, nothing_usable_is_said_at_once);
	tcase_add_test(tc, all_64_bits_can_be_used);
	tcase_add_test(tc, last_piece_of_64_bits_comes_and_goes);
	tcase_add_test(tc, alignment_that_leads_past_the_end_finds_nothing);
	tcase_add_test(tc, nonsense_is_refused);
	tcase_add_test(tc, coming_and_going_takes_no_more_room);
	tcase_add_test(tc, hundreds_of_pieces_never_overlap_and_all_come_back);
	return unit_run("iova", tc);
}
