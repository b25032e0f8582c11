/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The capability parser on what no device should have: each lie that a
 * configuration space can tell, one at a time. test-caps-random tells many.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/error.h>

#include "config-bytes.h"
#include "unit.h"

static struct config_bytes c;
static struct vpci_caps caps;

/* A device whose common configuration is told by the last capability only. */
static void assert_common_refused(const char *why)
{
	ck_assert_int_eq(config_parse(&c, &caps), -EPROTO);
	assert_error_says("common configuration");
	assert_error_says(why);
}

static void assert_parses(void)
{
	ck_assert_msg(config_parse(&c, &caps) == 0, "%s", virtio_last_error());
}

/* HARD-CAP-1 */
START_TEST(structure_beyond_its_bar_is_refused)
{
	static const struct {
		uint32_t offset, length;
	} rows[] = {
		{ 0x4000, 0x38 }, { 0x3fcc, 0x38 }, { 0, 0x4001 }, { 0xfffffffc, 0x40 },
		{ 0x10, 0xffffffff }, { 0xfffffff0, 0xffffffff },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config_without(&c, VPCI_CAP_COMMON);
		config_add_virtio(&c, VPCI_CAP_COMMON, 4, rows[i].offset, rows[i].length);
		assert_common_refused("inside its BAR");
	}
}
END_TEST

/* HARD-CAP-1 */
START_TEST(structure_may_end_with_its_bar)
{
	config_without(&c, VPCI_CAP_COMMON);
	config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0x3fc8, 0x38);
	assert_parses();
	ck_assert_uint_eq(caps.common.offset, 0x3fc8);
}
END_TEST

/* HARD-CAP-1, -9 */
START_TEST(sums_that_overflow_are_passed_over)
{
	config_usual(&c);
	c.bars[2].size = UINT64_MAX;
	config_add_shm(&c, 2, 1, UINT64_MAX, UINT64_MAX);
	config_add_shm(&c, 2, 2, UINT64_MAX - 0xff, 0x1000);
	config_add_shm(&c, 4, 3, 0xffffffff00000000, 0xffffffff00000010);
	assert_parses();
	ck_assert_uint_eq(caps.shm_count, 0);
}
END_TEST

/* HARD-CAP-2 */
START_TEST(list_that_points_at_itself_ends)
{
	config_usual(&c);
	c.bytes[c.link] = (uint8_t)(c.link - 1);
	assert_parses();
}
END_TEST

/* HARD-CAP-2 */
START_TEST(list_that_goes_round_ends)
{
	config_usual(&c);
	c.bytes[c.link] = 0x40;
	config_put16(&c, 0x42, 0);
	assert_parses();
	ck_assert_uint_eq(caps.msix_size, 1);
}
END_TEST

/* HARD-CAP-2 */
START_TEST(loop_without_virtio_is_a_legacy_device)
{
	config_init(&c);
	c.bytes[config_add(&c, 0x01, 8) + 1] = 0x48;
	c.bytes[config_add(&c, 0x01, 8) + 1] = 0x40;
	ck_assert_int_eq(config_parse(&c, &caps), -ENOTSUP);
}
END_TEST

/* HARD-CAP-3 */
START_TEST(low_bits_of_pointers_are_masked)
{
	config_usual(&c);
	c.bytes[0x34] |= 3;
	c.bytes[0x41] |= 2;
	assert_parses();
}
END_TEST

/* HARD-CAP-3 */
START_TEST(pointer_into_the_header_ends_the_list)
{
	static const uint8_t rows[] = { 0x00, 0x04, 0x34, 0x3c, 0x3f };

	for (size_t i = 0; i < sizeof(rows); i++) {
		config_usual(&c);
		c.bytes[0x34] = rows[i];
		ck_assert_int_eq(config_parse(&c, &caps), -ENOTSUP);
	}
}
END_TEST

/* HARD-CAP-3: at 0xfc there is room for the head of a capability only. */
START_TEST(capability_that_runs_off_the_space_is_passed_over)
{
	static const uint8_t rows[] = { 0xf4, 0xf8, 0xfc };

	for (size_t i = 0; i < sizeof(rows); i++) {
		config_without(&c, VPCI_CAP_COMMON);
		c.end = rows[i];
		config_add(&c, 9, 16);
		c.bytes[rows[i] + 3] = VPCI_CAP_COMMON;
		ck_assert_int_eq(config_parse(&c, &caps), -EPROTO);
		assert_error_says("common configuration");
	}
}
END_TEST

/* HARD-CAP-3 */
START_TEST(capability_shorter_than_its_type_is_passed_over)
{
	config_without(&c, VPCI_CAP_COMMON);
	c.bytes[config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0, 0x40) + 2] = 15;
	assert_common_refused("too short");

	config_without(&c, VPCI_CAP_NOTIFY);
	c.bytes[config_add_notify(&c, 4, 0x3000, 2, 0) + 2] = 19;
	ck_assert_int_eq(config_parse(&c, &caps), -EPROTO);
	assert_error_says("notification");
}
END_TEST

/* HARD-CAP-4 */
START_TEST(absent_bars_and_upper_halves_are_refused)
{
	for (uint8_t bar = 0; bar < VPCI_BARS; bar++) {
		if (bar == 1 || bar == 4)
			continue;
		config_without(&c, VPCI_CAP_COMMON);
		config_add_virtio(&c, VPCI_CAP_COMMON, bar, 0, 0x40);
		assert_common_refused("absent");
	}
}
END_TEST

/* HARD-CAP-5 */
START_TEST(common_structure_has_38_bytes_at_least)
{
	config_without(&c, VPCI_CAP_COMMON);
	config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0, 0x37);
	assert_common_refused("too short");
	config_without(&c, VPCI_CAP_COMMON);
	config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0, 0x38);
	assert_parses();
	ck_assert_uint_eq(caps.common.length, 0x38);
}
END_TEST

/* HARD-CAP-6 */
START_TEST(misaligned_structures_are_refused)
{
	static const struct {
		uint8_t type;
		uint32_t offset;
	} rows[] = {
		{ VPCI_CAP_COMMON, 1 }, { VPCI_CAP_COMMON, 2 }, { VPCI_CAP_DEVICE, 2 },
		{ VPCI_CAP_DEVICE, 0x2003 }, { VPCI_CAP_NOTIFY, 0x3001 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config_without(&c, rows[i].type);
		config_add_notify(&c, 4, rows[i].offset, 0x40, 0);
		c.bytes[c.end - 20 + 3] = rows[i].type;
		if (rows[i].type == VPCI_CAP_DEVICE) {
			assert_parses();
			ck_assert_uint_eq(caps.device.length, 0);
			continue;
		}
		ck_assert_int_eq(config_parse(&c, &caps), -EPROTO);
		assert_error_says("misaligned");
	}
}
END_TEST

/* HARD-CAP-9 */
START_TEST(first_usable_region_of_an_id_is_taken)
{
	config_usual(&c);
	config_add_shm(&c, 4, 1, 0x4000, 0x100);
	config_add_shm(&c, 4, 1, 0x100, 0x100);
	config_add_shm(&c, 4, 1, 0x200, 0x200);
	assert_parses();
	ck_assert_uint_eq(caps.shm_count, 1);
	ck_assert_uint_eq(caps.shm[0].offset, 0x100);
}
END_TEST

/* HARD-CAP-9 */
START_TEST(empty_and_short_regions_are_passed_over)
{
	config_usual(&c);
	config_add_shm(&c, 4, 1, 0x100, 0);
	c.bytes[config_add_shm(&c, 4, 2, 0x100, 0x100) + 2] = 23;
	assert_parses();
	ck_assert_uint_eq(caps.shm_count, 0);
}
END_TEST

/* HARD-CAP-11 */
START_TEST(structures_that_share_bytes_are_noted)
{
	static const uint32_t common[] = { 0x3000, 0x2fcc, 0x1000 };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		config_without(&c, VPCI_CAP_COMMON);
		config_add_virtio(&c, VPCI_CAP_COMMON, 4, common[i], 0x38);
		assert_parses();
		ck_assert(caps.overlaps);
	}
}
END_TEST

/* HARD-CAP-11 */
START_TEST(neighbours_and_other_bars_do_not_overlap)
{
	config_without(&c, VPCI_CAP_COMMON);
	config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0x3000 - 0x38, 0x38);
	assert_parses();
	ck_assert(!caps.overlaps);

	config_without(&c, VPCI_CAP_COMMON);
	config_add_virtio(&c, VPCI_CAP_COMMON, 1, 0, 0x1000);
	assert_parses();
	ck_assert(!caps.overlaps);
}
END_TEST

START_TEST(removed_device_is_no_legacy_device)
{
	config_init(&c);
	memset(c.bytes, 0xff, sizeof(c.bytes));
	ck_assert_int_eq(config_parse(&c, &caps), -ENODEV);
	assert_error_says("all ones");
}
END_TEST

START_TEST(space_without_a_header_is_refused)
{
	config_usual(&c);
	ck_assert_int_eq(vpci_caps_parse(c.bytes, 63, c.bars, &caps), -EIO);
	ck_assert_int_eq(vpci_caps_parse(c.bytes, 0, c.bars, &caps), -EIO);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-caps-hostile");

	tcase_add_test(tc, structure_beyond_its_bar_is_refused);
	tcase_add_test(tc, structure_may_end_with_its_bar);
	tcase_add_test(tc, sums_that_overflow_are_passed_over);
	tcase_add_test(tc, list_that_points_at_itself_ends);
	tcase_add_test(tc, list_that_goes_round_ends);
	tcase_add_test(tc, loop_without_virtio_is_a_legacy_device);
	tcase_add_test(tc, low_bits_of_pointers_are_masked);
	tcase_add_test(tc, pointer_into_the_header_ends_the_list);
	tcase_add_test(tc, capability_that_runs_off_the_space_is_passed_over);
	tcase_add_test(tc, capability_shorter_than_its_type_is_passed_over);
	tcase_add_test(tc, absent_bars_and_upper_halves_are_refused);
	tcase_add_test(tc, common_structure_has_38_bytes_at_least);
	tcase_add_test(tc, misaligned_structures_are_refused);
	tcase_add_test(tc, first_usable_region_of_an_id_is_taken);
	tcase_add_test(tc, empty_and_short_regions_are_passed_over);
	tcase_add_test(tc, structures_that_share_bytes_are_noted);
	tcase_add_test(tc, neighbours_and_other_bars_do_not_overlap);
	tcase_add_test(tc, removed_device_is_no_legacy_device);
	tcase_add_test(tc, space_without_a_header_is_refused);
	return unit_run("pci-caps-hostile", tc);
}
