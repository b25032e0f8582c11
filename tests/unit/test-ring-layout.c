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
		struct ring_layout l = ring_split_layout(1u << _i, indirect, SIZE_MAX);

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
		struct ring_layout l = ring_split_layout(n, indirect, SIZE_MAX);

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
	struct ring_layout l = ring_split_layout(1u << _i, true, SIZE_MAX);
	size_t last = l.driver + 6 + ((size_t)2 << _i) - 1;

	ck_assert_uint_lt((l.driver - 1) / 64, l.driver / 64);
	ck_assert_uint_lt(last / 64, l.device / 64);
	ck_assert(!l.table_len || (l.ring_size - 1) / 64 < l.tables / 64);
}
END_TEST

START_TEST(tables_are_no_longer_than_64_entries_nor_the_queue)	/* SPLIT-IND-3 */
{
	struct ring_layout l = ring_split_layout(1u << _i, true, SIZE_MAX);

	ck_assert_uint_le(l.table_len, 64);
	ck_assert_uint_le(l.table_len, 1u << _i);
}
END_TEST

START_TEST(every_queue_of_2_and_more_has_tables_that_help)
{
	struct ring_layout l = ring_split_layout(1u << _i, true, SIZE_MAX);

	ck_assert_int_eq(l.table_len > 1, _i > 0);
	ck_assert_uint_eq(ring_split_layout(1u << _i, false, SIZE_MAX).table_len, 0);
}
END_TEST

START_TEST(tables_of_the_largest_queue_take_4_mib_at_most)
{
	struct ring_layout l = ring_split_layout(1u << _i, true, SIZE_MAX);

	ck_assert_uint_le(l.total - l.ring_size, (4u << 20) + 64);
}
END_TEST

START_TEST(packed_areas_are_aligned_and_apart)	/* PACKED-LAYOUT-1, -2 */
{
	for (uint32_t n = 1; n <= 32768; n++) {
		struct ring_layout l = ring_packed_layout(n);

		must(l.desc == 0 && l.driver % 4 == 0 && l.device % 4 == 0);
		must(l.driver >= sizeof(struct vring_packed_desc) * n);
		must(l.device >= l.driver + sizeof(struct vring_packed_desc_event));
		must(l.ring_size == l.device + sizeof(struct vring_packed_desc_event));
		must(l.total >= l.ring_size && l.total <= 16ull * n + 3 * 64);
		must(l.table_len == 0 && l.tables == 0);
	}
}
END_TEST

/* Sizes for which the formula of a split queue leads elsewhere, and others. */
static const struct {
	uint16_t size;
	size_t driver, device;
} packed[] = {
	{ 1, 64, 128 }, { 3, 64, 128 }, { 4, 64, 128 }, { 5, 128, 192 }, { 7, 128, 192 },
	{ 228, 3648, 3712 }, { 256, 4096, 4160 }, { 1000, 16000, 16064 },
	{ 2048, 32768, 32832 }, { 32767, 524288, 524352 }, { 32768, 524288, 524352 },
};

START_TEST(packed_areas_are_where_they_should_be)	/* PACKED-LAYOUT-2 */
{
	struct ring_layout l = ring_packed_layout(packed[_i].size);

	ck_assert_uint_eq(l.driver, packed[_i].driver);
	ck_assert_uint_eq(l.device, packed[_i].device);
	ck_assert_uint_eq(l.ring_size, packed[_i].device + 4);
}
END_TEST

START_TEST(packed_queue_has_any_size_up_to_32768)	/* PACKED-LAYOUT-4 */
{
	for (uint32_t n = 1; n <= 32768; n++)
		must(ring_packed_size_ok(n));
	ck_assert(!ring_packed_size_ok(0));
	ck_assert(!ring_packed_size_ok(32769));
	ck_assert(!ring_packed_size_ok(UINT32_MAX));
}
END_TEST

START_TEST(packed_driver_and_device_write_to_different_cache_lines)
{
	struct ring_layout l = ring_packed_layout(packed[_i].size);

	ck_assert_uint_lt((16ull * packed[_i].size - 1) / 64, l.driver / 64);
	ck_assert_uint_lt((l.driver + 3) / 64, l.device / 64);
}
END_TEST

#define PACKED_SIZES	((int)(sizeof(packed) / sizeof(packed[0])))

#define PAGE_SIZE	(2u << 20)

START_TEST(queue_fits_the_page_it_has_to)
{
	for (uint64_t page = 4096; page <= PAGE_SIZE; page *= 2)
		for (int indirect = 0; indirect < 2; indirect++) {
			struct ring_layout bare = ring_split_layout(1u << _i, false, SIZE_MAX);
			struct ring_layout l = ring_split_layout_in(1u << _i, indirect, page);

			ck_assert_uint_le(l.total, bare.total > page ? bare.total : page);
			ck_assert_uint_eq(l.ring_size, bare.ring_size);
			ck_assert_int_ne(l.table_len, 1);
		}
}
END_TEST

START_TEST(any_queue_has_tables_in_a_page_of_2_mib)
{
	struct ring_layout l = ring_split_layout_in(1u << _i, true, PAGE_SIZE);

	ck_assert_int_eq(l.table_len > 1, _i > 0);
}
END_TEST

START_TEST(without_a_page_size_nothing_is_shortened)
{
	struct ring_layout l = ring_split_layout_in(1u << _i, true, 0);

	ck_assert_uint_eq(l.total, ring_split_layout(1u << _i, true, SIZE_MAX).total);
}
END_TEST

START_TEST(two_queues_of_1024_share_a_page_of_2_mib)
{
	struct ring_layout l = ring_split_layout_in(1024, true, PAGE_SIZE);

	ck_assert_uint_le(l.total, PAGE_SIZE / 2);
	ck_assert_uint_ge(l.table_len, 60);
}
END_TEST

START_TEST(queue_is_placed_within_one_page)
{
	size_t at = 0;

	ck_assert_uint_eq(ring_place(12345 * 4096, 5 * PAGE_SIZE, 0), 12345 * 4096);
	for (size_t len = 4096; len <= PAGE_SIZE; len += 4096) {
		size_t start = ring_place(at, len, PAGE_SIZE);

		must(start >= at && start < at + PAGE_SIZE);
		must(start / PAGE_SIZE == (start + len - 1) / PAGE_SIZE);
		must(start == at || start % PAGE_SIZE == 0);
		at = start + len;
	}
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
	tcase_add_test(tc, packed_areas_are_aligned_and_apart);
	tcase_add_loop_test(tc, packed_areas_are_where_they_should_be, 0, PACKED_SIZES);
	tcase_add_test(tc, packed_queue_has_any_size_up_to_32768);
	tcase_add_loop_test(tc, packed_driver_and_device_write_to_different_cache_lines, 0,
			    PACKED_SIZES);
	tcase_add_loop_test(tc, queue_fits_the_page_it_has_to, 0, SIZES);
	tcase_add_loop_test(tc, any_queue_has_tables_in_a_page_of_2_mib, 0, SIZES);
	tcase_add_loop_test(tc, without_a_page_size_nothing_is_shortened, 0, SIZES);
	tcase_add_test(tc, two_queues_of_1024_share_a_page_of_2_mib);
	tcase_add_test(tc, queue_is_placed_within_one_page);
	return unit_run("ring-layout", tc);
}
