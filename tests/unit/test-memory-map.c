/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One device's translation: what is found where, what a cut leaves, and that
 * look-ups next to a change see the map before it or after it.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "../../lib/memory-map.h"
#include "unit.h"

#define KIB	1024ull
#define MIB	(1024ull * KIB)
#define GIB	(1024ull * MIB)
#define BASE	(64 * GIB)
#define DELTA	(1024 * GIB)

static struct mem_map map;
static struct mem_pages *copy;	/* made by insert_pages */

static void clear(void)
{
	mem_pages_retire(&map, copy);
	copy = NULL;
	mem_map_clear(&map);
}

/* Puts in [start, start + len) of the region that begins at origin. */
static void insert_part(uint64_t origin, uint64_t start, uint64_t len)
{
	struct mem_entry e = { .start = start, .len = len, .delta = DELTA, .origin = origin };

	must(!mem_map_insert(&map, &e));
}

static void insert(uint64_t start, uint64_t len)
{
	insert_part(start, start, len);
}

/* The bus address of addr, or 0. */
static uint64_t bus_of(uint64_t addr)
{
	struct mem_window w;

	if (!mem_map_find(&map, addr, &w))
		return 0;
	must(mem_window_holds(&w, addr, 1));
	return addr + w.delta;
}

/* The window of addr is exactly this. */
static void assert_window(uint64_t addr, uint64_t start, uint64_t len)
{
	struct mem_window w;

	ck_assert(mem_map_find(&map, addr, &w));
	ck_assert_uint_eq(w.start, start);
	ck_assert_uint_eq(w.len, len);
}

START_TEST(empty_map_holds_nothing)
{
	ck_assert_uint_eq(bus_of(0), 0);
	ck_assert_uint_eq(bus_of(UINT64_MAX), 0);
	ck_assert(!mem_map_holds_bus(&map, 0, 1));
	ck_assert_int_eq(mem_map_remove(&map, BASE, MIB), 0);
}
END_TEST

START_TEST(range_is_found_from_its_first_to_its_last_byte)
{
	insert(BASE, MIB);
	ck_assert_uint_eq(bus_of(BASE - 1), 0);
	ck_assert_uint_eq(bus_of(BASE), BASE + DELTA);
	ck_assert_uint_eq(bus_of(BASE + MIB - 1), BASE + MIB - 1 + DELTA);
	ck_assert_uint_eq(bus_of(BASE + MIB), 0);
}
END_TEST

START_TEST(ranges_of_any_order_are_all_found)
{
	for (unsigned i = 0; i < 1000; i++)
		insert(BASE + (i * 367 % 1000) * MIB, 4 * KIB);
	for (unsigned i = 0; i < 1000; i++) {
		must(bus_of(BASE + i * MIB + 4095) == BASE + i * MIB + 4095 + DELTA);
		must(bus_of(BASE + i * MIB + 4096) == 0);
	}
}
END_TEST

START_TEST(neighbouring_regions_are_not_one_window)	/* VU-MEM-11 */
{
	insert(BASE, MIB);
	insert(BASE + MIB, MIB);
	assert_window(BASE + MIB - 1, BASE, MIB);
	assert_window(BASE + MIB, BASE + MIB, MIB);
	ck_assert(!mem_map_holds_bus(&map, BASE + MIB - 1 + DELTA, 2));
}
END_TEST

START_TEST(hole_in_the_middle_leaves_both_ends)
{
	insert(BASE, MIB);
	ck_assert_int_eq(mem_map_remove(&map, BASE + 64 * KIB, 64 * KIB), 0);
	assert_window(BASE, BASE, 64 * KIB);
	ck_assert_uint_eq(bus_of(BASE + 64 * KIB), 0);
	ck_assert_uint_eq(bus_of(BASE + 128 * KIB - 1), 0);
	assert_window(BASE + 128 * KIB, BASE + 128 * KIB, MIB - 128 * KIB);
}
END_TEST

START_TEST(cut_over_several_ranges_takes_all_of_it)
{
	for (int i = 0; i < 8; i++)
		insert(BASE + i * MIB, 512 * KIB);
	ck_assert_int_eq(mem_map_remove(&map, BASE + 256 * KIB, 4 * MIB), 0);
	assert_window(BASE, BASE, 256 * KIB);
	for (int i = 1; i < 4; i++)
		ck_assert_uint_eq(bus_of(BASE + i * MIB), 0);
	assert_window(BASE + 4 * MIB + 256 * KIB, BASE + 4 * MIB + 256 * KIB, 256 * KIB);
	assert_window(BASE + 5 * MIB, BASE + 5 * MIB, 512 * KIB);
}
END_TEST

START_TEST(piece_that_returns_is_one_with_its_region_again)
{
	insert(BASE, MIB);
	ck_assert_int_eq(mem_map_remove(&map, BASE + 64 * KIB, 64 * KIB), 0);
	insert_part(BASE, BASE + 64 * KIB, 64 * KIB);
	assert_window(BASE, BASE, MIB);
	ck_assert(mem_map_holds_bus(&map, BASE + DELTA, MIB));
}
END_TEST

START_TEST(window_is_short_enough_for_one_descriptor)
{
	struct mem_window w;

	insert(BASE, 16 * GIB);
	for (uint64_t at = BASE; at < BASE + 16 * GIB; at = w.start + w.len) {
		ck_assert(mem_map_find(&map, at, &w));
		ck_assert_uint_eq(w.start, at);
		ck_assert_uint_le(w.len, UINT32_MAX);
	}
}
END_TEST

/* A region of three pages of 2 MiB that lie anywhere on the bus. */
static const uint64_t pages[] = { 7 * GIB, 3 * GIB, 5 * GIB };

static void insert_pages(void)
{
	struct mem_entry e = {
		.start = BASE, .len = 6 * MIB, .origin = BASE, .page_shift = 21,
		.pages = copy = mem_pages_new(&map, pages, 3),
	};


	ck_assert_int_eq(mem_map_insert(&map, &e), 0);
}

START_TEST(each_page_is_where_the_table_says)
{
	insert_pages();
	for (int i = 0; i < 3; i++) {
		assert_window(BASE + i * 2 * MIB + 5, BASE + i * 2 * MIB, 2 * MIB);
		ck_assert_uint_eq(bus_of(BASE + i * 2 * MIB + 5), pages[i] + 5);
		ck_assert(mem_map_holds_bus(&map, pages[i] + 2 * MIB - 1, 1));
		ck_assert(!mem_map_holds_bus(&map, pages[i] + 2 * MIB - 1, 2));
	}
}
END_TEST

START_TEST(cut_inside_a_page_moves_no_page)
{
	insert_pages();
	ck_assert_int_eq(mem_map_remove(&map, BASE, 4 * KIB), 0);
	ck_assert_int_eq(mem_map_remove(&map, BASE + 3 * MIB, 4 * KIB), 0);
	assert_window(BASE + 4 * KIB, BASE + 4 * KIB, 2 * MIB - 4 * KIB);
	ck_assert_uint_eq(bus_of(BASE + 4 * KIB), pages[0] + 4 * KIB);
	assert_window(BASE + 2 * MIB, BASE + 2 * MIB, MIB);
	ck_assert_uint_eq(bus_of(BASE + 3 * MIB + 4 * KIB), pages[1] + MIB + 4 * KIB);
	ck_assert_uint_eq(bus_of(BASE + 5 * MIB), pages[2] + MIB);
	ck_assert(!mem_map_holds_bus(&map, pages[0], 1));
	ck_assert(mem_map_holds_bus(&map, pages[0] + 4 * KIB, 4));
}
END_TEST

/* 300 pages, of which 100 to 199 go on where each other end. */
static void insert_run(void)
{
	static uint64_t bus[300];
	struct mem_entry e = {
		.start = BASE, .len = 600 * MIB, .origin = BASE, .page_shift = 21,
	};

	for (uint64_t i = 0; i < 300; i++)
		bus[i] = (i < 100 || i > 199 ? 1000 - 2 * i : 2000 + i) * 2 * MIB;
	e.pages = copy = mem_pages_new(&map, bus, 300);
	ck_assert_int_eq(mem_map_insert(&map, &e), 0);
}

START_TEST(pages_in_a_row_are_one_window)
{
	struct mem_window w;

	insert_run();
	ck_assert_int_eq(mem_map_remove(&map, BASE + 151 * 2 * MIB + MIB, 4 * KIB), 0);
	assert_window(BASE + 110 * 2 * MIB, BASE + 200 * MIB,
		      151 * 2 * MIB + MIB - 200 * MIB);
	assert_window(BASE + 99 * 2 * MIB, BASE + 198 * MIB, 2 * MIB);
	assert_window(BASE + 200 * 2 * MIB, BASE + 400 * MIB, 2 * MIB);
	ck_assert(mem_map_find(&map, BASE + 190 * 2 * MIB, &w));
	ck_assert_uint_eq(w.start, BASE + 151 * 2 * MIB + MIB + 4 * KIB);
	ck_assert_uint_eq(w.start + w.len, BASE + 400 * MIB);
	for (unsigned i = 0; i < 300; i++)
		must(bus_of(BASE + i * 2 * MIB + 1) == copy->bus[i] + 1 || i == 151);
}
END_TEST

START_TEST(bus_range_over_pages_in_a_row_is_held)
{
	insert_run();
	ck_assert(mem_map_holds_bus(&map, 2100 * 2 * MIB, 200 * MIB));
	ck_assert(!mem_map_holds_bus(&map, 2100 * 2 * MIB, 200 * MIB + 1));
	for (uint64_t i = 2100; i < 2199; i++)
		must(mem_map_holds_bus(&map, i * 2 * MIB + MIB, 2 * MIB));
	ck_assert(!mem_map_holds_bus(&map, 2199 * 2 * MIB + MIB, 2 * MIB));
	ck_assert_int_eq(mem_map_remove(&map, BASE + 150 * 2 * MIB, 4 * KIB), 0);
	ck_assert(!mem_map_holds_bus(&map, 2149 * 2 * MIB, 4 * MIB));
	ck_assert(mem_map_holds_bus(&map, 2150 * 2 * MIB + 4 * KIB, 4 * MIB));
}
END_TEST

START_TEST(granules_are_few_and_hold_few_edges)
{
	uint32_t shift;

	for (unsigned i = 0; i < 500; i++)
		insert(BASE + i * 64 * KIB, 64 * KIB);
	shift = mem_map_granule_shift(&map);
	ck_assert_uint_le(500 * 64 * KIB >> shift, MEM_MAP_GRANULES);
	ck_assert_uint_le(1u << shift, 64 * KIB);
	mem_map_clear(&map);
	insert(BASE, 64 * GIB);
	ck_assert_uint_le(64 * GIB >> mem_map_granule_shift(&map), MEM_MAP_GRANULES);
	mem_map_clear(&map);
	insert_pages();
	ck_assert_uint_le(mem_map_granule_shift(&map), 21);
}
END_TEST

START_TEST(pages_that_come_back_to_their_place_take_no_more_memory)
{
	struct mem_pages *first = mem_pages_new(&map, pages, 3), *second;

	mem_pages_retire(&map, first);
	second = mem_pages_new(&map, pages, 2);
	ck_assert_ptr_ne(second, first);
	mem_pages_retire(&map, second);
	copy = mem_pages_new(&map, pages, 3);
	ck_assert_ptr_eq(copy, first);
}
END_TEST

START_TEST(bus_range_is_held_only_if_all_of_it_is)
{
	insert(BASE, MIB);
	ck_assert(mem_map_holds_bus(&map, BASE + DELTA, MIB));
	ck_assert(!mem_map_holds_bus(&map, BASE + DELTA, MIB + 1));
	ck_assert(!mem_map_holds_bus(&map, BASE + DELTA - 1, 2));
	ck_assert(!mem_map_holds_bus(&map, BASE, 1));
	ck_assert(!mem_map_holds_bus(&map, BASE + DELTA, UINT64_MAX));
}
END_TEST

START_TEST(every_change_moves_the_generation)
{
	uint32_t before = map.generation;

	insert(BASE, MIB);
	ck_assert_uint_ne(map.generation, before);
	before = map.generation;
	ck_assert_int_eq(mem_map_remove(&map, BASE, MIB), 0);
	ck_assert_uint_ne(map.generation, before);
	before = map.generation;
	mem_map_clear(&map);
	ck_assert_uint_ne(map.generation, before);
	ck_assert_uint_eq(map.generation % 2, 0);
}
END_TEST

/* Looks up what is always there, next to what comes and goes. */
static atomic_bool stop;
static atomic_uint wrong;

static void *look(void *unused)
{
	(void)unused;
	while (!stop) {
		struct mem_window w;
		bool found = mem_map_find(&map, BASE + 500 * MIB + 7, &w);

		wrong += !found || w.delta != DELTA || w.start != BASE + 500 * MIB;
		found = mem_map_find(&map, BASE + 501 * MIB, &w);
		wrong += found && (w.delta != DELTA || w.len != 4 * KIB);
		wrong += !mem_map_holds_bus(&map, BASE + 500 * MIB + DELTA, 4 * KIB);
	}
	return NULL;
}

START_TEST(lookups_next_to_changes_are_never_torn)
{
	pthread_t threads[2];

	insert(BASE + 500 * MIB, 4 * KIB);
	stop = false;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, look, NULL);
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t at = BASE + (i * 7 % 1000) * MIB;

		if (at == BASE + 500 * MIB)
			continue;
		if (!bus_of(at))
			insert(at, 4 * KIB);
		else
			must(!mem_map_remove(&map, at, 4 * KIB));
	}
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("memory-map");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, clear);
	tcase_add_test(tc, empty_map_holds_nothing);
	tcase_add_test(tc, range_is_found_from_its_first_to_its_last_byte);
	tcase_add_test(tc, ranges_of_any_order_are_all_found);
	tcase_add_test(tc, neighbouring_regions_are_not_one_window);
	tcase_add_test(tc, hole_in_the_middle_leaves_both_ends);
	tcase_add_test(tc, cut_over_several_ranges_takes_all_of_it);
	tcase_add_test(tc, piece_that_returns_is_one_with_its_region_again);
	tcase_add_test(tc, window_is_short_enough_for_one_descriptor);
	tcase_add_test(tc, each_page_is_where_the_table_says);
	tcase_add_test(tc, cut_inside_a_page_moves_no_page);
	tcase_add_test(tc, pages_in_a_row_are_one_window);
	tcase_add_test(tc, bus_range_over_pages_in_a_row_is_held);
	tcase_add_test(tc, granules_are_few_and_hold_few_edges);
	tcase_add_test(tc, pages_that_come_back_to_their_place_take_no_more_memory);
	tcase_add_test(tc, bus_range_is_held_only_if_all_of_it_is);
	tcase_add_test(tc, every_change_moves_the_generation);
	tcase_add_test(tc, lookups_next_to_changes_are_never_torn);
	return unit_run("memory-map", tc);
}
