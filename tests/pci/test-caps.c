/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The capability parser on what devices may well have: every layout that
 * VIRTIO 1.3, 4.1.4 allows, and what is to be ignored there.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/error.h>

#include "config-bytes.h"
#include "unit.h"

static struct config_bytes c;
static struct vpci_caps caps;

static void assert_place(const struct vpci_place *place, unsigned bar, uint64_t offset,
			 uint64_t length)
{
	ck_assert_uint_eq(place->bar, bar);
	ck_assert_uint_eq(place->offset, offset);
	ck_assert_uint_eq(place->length, length);
}

static void assert_parses(void)
{
	ck_assert_msg(config_parse(&c, &caps) == 0, "%s", virtio_last_error());
}

START_TEST(usual_layout_is_found)
{
	config_usual(&c);
	assert_parses();
	assert_place(&caps.common, 4, 0, 0x1000);
	assert_place(&caps.isr, 4, 0x1000, 0x1000);
	assert_place(&caps.device, 4, 0x2000, 0x1000);
	assert_place(&caps.notify, 4, 0x3000, 0x1000);
	ck_assert_uint_eq(caps.notify_multiplier, 4);
	ck_assert_uint_eq(caps.shm_count, 0);
	ck_assert(!caps.overlaps);
}
END_TEST

/* PCI-CAP-1 */
START_TEST(reserved_types_are_ignored)
{
	static const uint8_t types[] = { 0, 6, 7, 10, 255 };

	for (size_t i = 0; i < sizeof(types); i++) {
		config_init(&c);
		config_add_virtio(&c, types[i], 4, 0x3f00, 0x40);
		config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0, 0x40);
		config_add_notify(&c, 4, 0x3000, 2, 0);
		assert_parses();
		assert_place(&caps.common, 4, 0, 0x40);
		assert_place(&caps.notify, 4, 0x3000, 2);
		ck_assert(!caps.isr.length && !caps.device.length && !caps.shm_count);
	}
}
END_TEST

/* PCI-CAP-2 */
START_TEST(first_of_each_type_is_taken)
{
	config_usual(&c);
	config_add_virtio(&c, VPCI_CAP_COMMON, 1, 0x100, 0x40);
	config_add_virtio(&c, VPCI_CAP_DEVICE, 1, 0x200, 0x40);
	config_add_notify(&c, 1, 0x300, 0x40, 2);
	assert_parses();
	assert_place(&caps.common, 4, 0, 0x1000);
	assert_place(&caps.device, 4, 0x2000, 0x1000);
	assert_place(&caps.notify, 4, 0x3000, 0x1000);
	ck_assert_uint_eq(caps.notify_multiplier, 4);
}
END_TEST

/* PCI-CAP-2 */
START_TEST(second_is_taken_where_the_first_is_of_no_use)
{
	config_init(&c);
	c.bars[0].size = 32;
	c.bars[0].io = true;
	config_add_virtio(&c, VPCI_CAP_COMMON, 0, 0, 0x40);
	config_add_notify(&c, 0, 0, 4, 8);
	config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0x1000, 0x40);
	config_add_notify(&c, 4, 0x2000, 4, 2);
	assert_parses();
	assert_place(&caps.common, 4, 0x1000, 0x40);
	assert_place(&caps.notify, 4, 0x2000, 4);
	ck_assert_uint_eq(caps.notify_multiplier, 2);
}
END_TEST

/* PCI-CAP-3 */
START_TEST(longer_capabilities_are_read_as_far_as_known)
{
	config_init(&c);
	config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0, 0x40);
	c.bytes[c.end - 16 + 2] = 0x40;
	config_add_notify(&c, 4, 0x3000, 2, 4);
	c.bytes[c.end - 20 + 2] = 0xff;
	assert_parses();
	assert_place(&caps.common, 4, 0, 0x40);
	ck_assert_uint_eq(caps.notify_multiplier, 4);
}
END_TEST

/* PCI-CAP-4 */
START_TEST(reserved_bars_are_ignored)
{
	static const uint8_t bars[] = { 6, 7, 128, 255 };

	for (size_t i = 0; i < sizeof(bars); i++) {
		config_init(&c);
		config_add_virtio(&c, VPCI_CAP_COMMON, bars[i], 0, 0x40);
		config_add_virtio(&c, VPCI_CAP_ISR, bars[i], 0, 1);
		config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0x80, 0x40);
		config_add_notify(&c, 4, 0x3000, 2, 0);
		assert_parses();
		assert_place(&caps.common, 4, 0x80, 0x40);
		ck_assert_uint_eq(caps.isr.length, 0);
	}
}
END_TEST

/* PCI-CAP-6 */
START_TEST(large_lengths_are_fine_inside_a_large_bar)
{
	config_without(&c, VPCI_CAP_COMMON);
	c.bars[2].size = 0x200000000;
	config_add_virtio(&c, VPCI_CAP_COMMON, 2, 0x1000, UINT32_MAX);
	assert_parses();
	assert_place(&caps.common, 2, 0x1000, UINT32_MAX);
}
END_TEST

/* PCI-CAP-9 */
START_TEST(shared_memory_may_lie_above_4_gib)
{
	config_usual(&c);
	c.bars[2].size = 0x4000000000;
	config_add_shm(&c, 2, 1, 0x1200000000, 0x2000000000);
	assert_parses();
	ck_assert_uint_eq(caps.shm_count, 1);
	assert_place(&caps.shm[0], 2, 0x1200000000, 0x2000000000);
}
END_TEST

/* PCI-CAP-9 */
START_TEST(other_types_have_no_high_halves)
{
	config_init(&c);
	config_add_notify(&c, 4, 0x3000, 0x100, UINT32_MAX);
	config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0, 0x40);
	c.bytes[c.end - 16 + 2] = 24;
	config_put32(&c, c.end, UINT32_MAX);
	config_put32(&c, c.end + 4, UINT32_MAX);
	assert_parses();
	assert_place(&caps.notify, 4, 0x3000, 0x100);
	assert_place(&caps.common, 4, 0, 0x40);
}
END_TEST

/* PCI-CAP-10 */
START_TEST(device_with_io_bars_only_is_refused)
{
	config_usual(&c);
	c.bars[4].io = true;
	ck_assert_int_eq(config_parse(&c, &caps), -EPROTO);
	assert_error_says("common configuration");
	assert_error_says("I/O ports");
}
END_TEST

/* PCI-NOTIFCAP-2 */
START_TEST(notify_structure_has_room_for_a_doorbell)
{
	config_without(&c, VPCI_CAP_NOTIFY);
	config_add_notify(&c, 4, 0x3000, 1, 0);
	ck_assert_int_eq(config_parse(&c, &caps), -EPROTO);
	assert_error_says("notification");
	assert_error_says("too short");
}
END_TEST

/* PCI-NOTIFCAP-1 */
START_TEST(multiplier_is_what_the_device_says)
{
	static const uint32_t rows[] = { 0, 2, 4, 4096, 3, UINT32_MAX };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config_without(&c, VPCI_CAP_NOTIFY);
		config_add_notify(&c, 4, 0x3002, 2, rows[i]);
		assert_parses();
		ck_assert_uint_eq(caps.notify_multiplier, rows[i]);
	}
}
END_TEST

/* PCI-DEVCFG-1 */
START_TEST(device_configuration_may_be_absent)
{
	config_without(&c, VPCI_CAP_DEVICE);
	assert_parses();
	ck_assert_uint_eq(caps.device.length, 0);
}
END_TEST

START_TEST(isr_may_be_absent)
{
	config_without(&c, VPCI_CAP_ISR);
	assert_parses();
	ck_assert_uint_eq(caps.isr.length, 0);
}
END_TEST

/* PCI-SHM-1 */
START_TEST(shared_memory_regions_are_listed_by_id)
{
	config_usual(&c);
	config_add_shm(&c, 4, 7, 0x100, 0x100);
	config_add_shm(&c, 4, 0, 0x200, 0x100);
	assert_parses();
	ck_assert_uint_eq(caps.shm_count, 2);
	ck_assert_uint_eq(caps.shm[0].id, 7);
	assert_place(&caps.shm[0], 4, 0x100, 0x100);
	ck_assert_uint_eq(caps.shm[1].id, 0);
	assert_place(&caps.shm[1], 4, 0x200, 0x100);
}
END_TEST

/* PCI-VENDOR-1, -2: bytes 4 and 5 are the vendor's ID, of which 0xf4 would be
 * the BAR and 0x1a the ID of shared memory. */
START_TEST(vendor_data_is_no_structure)
{
	config_init(&c);
	config_put16(&c, config_add_virtio(&c, VPCI_CAP_VENDOR, 0, 0, 0x40) + 4, 0x1af4);
	config_put16(&c, config_add_virtio(&c, VPCI_CAP_VENDOR, 0, 0, 0x40) + 4, 0x0004);
	config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0, 0x40);
	config_add_notify(&c, 4, 0x3000, 2, 0);
	assert_parses();
	ck_assert(!caps.isr.length && !caps.device.length && !caps.shm_count);
}
END_TEST

/* PCI-DETECT-1 */
START_TEST(device_without_virtio_capabilities_is_a_legacy_one)
{
	config_init(&c);
	config_add(&c, 0x11, 12);
	config_add_virtio(&c, VPCI_CAP_VENDOR, 4, 0, 0x40);
	ck_assert_int_eq(config_parse(&c, &caps), -ENOTSUP);
	assert_error_says("legacy");
}
END_TEST

/* PCI-DETECT-1 */
START_TEST(without_a_capability_list_the_pointer_means_nothing)
{
	config_usual(&c);
	config_put16(&c, 0x06, 0);
	ck_assert_int_eq(config_parse(&c, &caps), -ENOTSUP);
}
END_TEST

/* PCI-MSIX-1 */
START_TEST(msix_table_has_one_vector_more_than_the_field_says)
{
	static const struct {
		uint16_t control;
		unsigned vectors;
	} rows[] = { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 0x7ff, 2048 }, { 0xc003, 4 }, { 0xf800, 1 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config_usual(&c);
		config_put16(&c, 0x42, rows[i].control);
		assert_parses();
		ck_assert_uint_eq(caps.msix_size, rows[i].vectors);
	}
}
END_TEST

START_TEST(without_msix_there_are_no_vectors)
{
	config_init(&c);
	config_add_virtio(&c, VPCI_CAP_COMMON, 4, 0, 0x40);
	config_add_notify(&c, 4, 0x3000, 2, 0);
	assert_parses();
	ck_assert_uint_eq(caps.msix_size, 0);
}
END_TEST

START_TEST(what_only_root_may_read_is_eacces)
{
	config_usual(&c);
	ck_assert_int_eq(vpci_caps_parse(c.bytes, 64, c.bars, &caps), -EACCES);
	assert_error_says("64 bytes");
	assert_error_says("root only");
}
END_TEST

START_TEST(legacy_device_is_told_by_64_bytes)
{
	config_init(&c);
	config_put16(&c, 0x06, 0);
	ck_assert_int_eq(vpci_caps_parse(c.bytes, 64, c.bars, &caps), -ENOTSUP);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-caps");

	tcase_add_test(tc, usual_layout_is_found);
	tcase_add_test(tc, reserved_types_are_ignored);
	tcase_add_test(tc, first_of_each_type_is_taken);
	tcase_add_test(tc, second_is_taken_where_the_first_is_of_no_use);
	tcase_add_test(tc, longer_capabilities_are_read_as_far_as_known);
	tcase_add_test(tc, reserved_bars_are_ignored);
	tcase_add_test(tc, large_lengths_are_fine_inside_a_large_bar);
	tcase_add_test(tc, shared_memory_may_lie_above_4_gib);
	tcase_add_test(tc, other_types_have_no_high_halves);
	tcase_add_test(tc, device_with_io_bars_only_is_refused);
	tcase_add_test(tc, notify_structure_has_room_for_a_doorbell);
	tcase_add_test(tc, multiplier_is_what_the_device_says);
	tcase_add_test(tc, device_configuration_may_be_absent);
	tcase_add_test(tc, isr_may_be_absent);
	tcase_add_test(tc, shared_memory_regions_are_listed_by_id);
	tcase_add_test(tc, vendor_data_is_no_structure);
	tcase_add_test(tc, device_without_virtio_capabilities_is_a_legacy_one);
	tcase_add_test(tc, without_a_capability_list_the_pointer_means_nothing);
	tcase_add_test(tc, msix_table_has_one_vector_more_than_the_field_says);
	tcase_add_test(tc, without_msix_there_are_no_vectors);
	tcase_add_test(tc, what_only_root_may_read_is_eacces);
	tcase_add_test(tc, legacy_device_is_told_by_64_bytes);
	return unit_run("pci-caps", tc);
}
