/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the parts of a queue lie, for every size that a queue can have.
 */
#include "config.h"

#include <linux/virtio_ring.h>

#include "../../lib/ring-layout.h"
#include "unit.h"

#define SIZES 16	/* powers of 2, 1 to 32768 */

START_TEST(areas_are_aligned)	/* SPLIT-LAYOUT-1 */
{
	for (int indirect = 0; indirect < 2; indirect++) {
		struct ring_layout l = ring_split_layout(1u << _i, indirect);

		ck_assert_uint_eq(l.desc % 16, 0);
		ck_assert_uint_eq(l.driver % 2, 0);
		ck_assert_uint_eq(l.device % 4, 0);
		ck_assert_uint_eq(l.tables % 16, 0);
	}
}
END_TEST

START_TEST(areas_hold_both_event_words_and_do_not_overlap)	/* SPLIT-LAYOUT-2 */
{
	size_t n = (size_t)1 << _i;

	for (int indirect = 0; indirect < 2; indirect++) {
		struct ring_layout l = ring_split_layout(n, indirect);

		ck_assert_uint_ge(l.driver, l.desc + 16 * n);
		ck_assert_uint_ge(l.device, l.driver + 6 + 2 * n);
		ck_assert_uint_ge(l.ring_size, l.device + 6 + 8 * n);
		ck_assert_uint_ge(l.total, l.ring_size);
		if (l.table_len) {
			ck_assert_uint_ge(l.tables, l.ring_size);
			ck_assert_uint_ge(l.total, l.tables + n * l.table_len * 16);
		}
	}
}
END_TEST

START_TEST(only_powers_of_2_up_to_32768_are_sizes)	/* SPLIT-LAYOUT-3, HARD-QSZ-2, -3 */
{
	unsigned good = 0;

	for (uint32_t n = 0; n <= 70000; n++)
		good += ring_split_size_ok(n);
	ck_assert_uint_eq(good, SIZES);
	for (int i = 0; i < SIZES; i++)
		ck_assert(ring_split_size_ok(1u << i));
	ck_assert(!ring_split_size_ok(1u << 31));
}
END_TEST

START_TEST(driver_and_device_write_to_different_cache_lines)
{
	struct ring_layout l = ring_split_layout(1u << _i, true);
	size_t last = l.driver + 6 + ((size_t)2 << _i) - 1;

	ck_assert_uint_lt((l.driver - 1) / 64, l.driver / 64);
	ck_assert_uint_lt(last / 64, l.device / 64);
	ck_assert(!l.table_len || (l.ring_size - 1) / 64 < l.tables / 64);
}
END_TEST

START_TEST(tables_are_no_longer_than_64_entries_nor_the_queue)	/* SPLIT-IND-3 */
{
	struct ring_layout l = ring_split_layout(1u << _i, true);

	ck_assert_uint_le(l.table_len, 64);
	ck_assert_uint_le(l.table_len, 1u << _i);
}
END_TEST

START_TEST(every_queue_of_2_and_more_has_tables_that_help)
{
	struct ring_layout l = ring_split_layout(1u << _i, true);

	ck_assert_int_eq(l.table_len > 1, _i > 0);
	ck_assert_uint_eq(ring_split_layout(1u << _i, false).table_len, 0);
}
END_TEST

START_TEST(tables_of_the_largest_queue_take_4_mib_at_most)
{
	struct ring_layout l = ring_split_layout(1u << _i, true);

	ck_assert_uint_le(l.total - l.ring_size, (4u << 20) + 64);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ring-layout");

	tcase_add_loop_test(tc, areas_are_aligned, 0, SIZES);
	tcase_add_loop_test(tc, areas_hold_both_event_words_and_do_not_overlap, 0, SIZES);
	tcase_add_test(tc, only_powers_of_2_up_to_32768_are_sizes);
	tcase_add_loop_test(tc, driver_and_device_write_to_different_cache_lines, 0, SIZES);
	tcase_add_loop_test(tc, tables_are_no_longer_than_64_entries_nor_the_queue, 0, SIZES);
	tcase_add_loop_test(tc, every_queue_of_2_and_more_has_tables_that_help, 0, SIZES);
	tcase_add_loop_test(tc, tables_of_the_largest_queue_take_4_mib_at_most, 0, SIZES);
	return unit_run("ring-layout", tc);
}
