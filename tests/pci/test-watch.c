/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watch that the fake function keeps in all other tests: each thing that
 * a driver must not do is done here once, and noted.
 */
#include "config.h"

#include "access.h"
#include "fake-inside.h"
#include "unit.h"

#define SELECT	0x16
#define STATUS	0x14

static struct virtio_dev vdev;

/* A device that is set up to the point where queues are. */
static void set_up(void)
{
	fake_init();
	fake.irqs = 4;
	fake_must_start(&vdev, 1);
	ck_assert_str_eq(fake.offence, "");
	fake_write(SELECT, 2, 1);
}

static void tear_down(void)
{
	virtio_dev_destruct(&vdev);
}

static void assert_noted(const char *what)
{
	ck_assert_msg(strstr(fake.offence, what) != NULL, "\"%s\" does not say \"%s\"",
		      fake.offence, what);
}

START_TEST(legal_accesses_are_not_noted)
{
	fake_write(0x18, 2, 64);
	fake_write(0x1a, 2, 3);
	fake_write(0x20, 4, 0x1000);
	fake_write(0x1c, 2, 1);
	fake_write(0x3000, 2, 1);
	ck_assert_uint_eq(fake_read(0x18, 2), 64);
	ck_assert_str_eq(fake.offence, "");
}
END_TEST

START_TEST(writes_of_read_only_registers_are_noted)
{
	static const struct {
		uint8_t at, width;
	} rows[] = { { 0x04, 4 }, { 0x12, 2 }, { 0x15, 1 }, { 0x1e, 2 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		*fake.offence = '\0';
		fake_write(rows[i].at, rows[i].width, 0);
		assert_noted("read-only");
	}
}
END_TEST

START_TEST(wrong_widths_are_noted)
{
	static const struct {
		uint8_t at, width;
	} rows[] = {
		{ 0x14, 2 }, { 0x14, 4 }, { 0x12, 1 }, { 0x16, 4 }, { 0x18, 1 }, { 0x20, 2 },
		{ 0x22, 2 }, { 0x00, 1 }, { 0x11, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		*fake.offence = '\0';
		(void)fake_read(rows[i].at, rows[i].width);
		assert_noted("read of");
	}
}
END_TEST

START_TEST(registers_of_features_that_were_not_accepted_are_noted)
{
	for (unsigned at = 0x38; at < 0x40; at += 2) {
		*fake.offence = '\0';
		(void)fake_read(at, 2);
		assert_noted("without feature");
	}
}
END_TEST

START_TEST(queue_enable_of_0_is_noted)
{
	fake_write(0x1c, 2, 0);
	assert_noted("queue_enable");
}
END_TEST

START_TEST(fields_after_queue_enable_are_noted)
{
	fake_write(0x1c, 2, 1);
	fake_write(0x20, 4, 0x1000);
	assert_noted("after queue_enable");
}
END_TEST

START_TEST(bad_queue_sizes_are_noted)
{
	static const uint16_t sizes[] = { 0, 3, 48, 512 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		*fake.offence = '\0';
		fake_write(0x18, 2, sizes[i]);
		assert_noted("queue_size");
	}
}
END_TEST

START_TEST(vectors_outside_of_the_table_are_noted)
{
	fake_write(0x1a, 2, 4);
	assert_noted("vector 4");
}
END_TEST

START_TEST(isr_is_noted_with_msix)
{
	(void)fake_read(0x1000, 1);
	assert_noted("ISR");
}
END_TEST

START_TEST(wide_doorbells_are_noted)
{
	fake_write(0x3000, 4, 1);
	assert_noted("doorbell");
}
END_TEST

START_TEST(early_doorbells_are_noted)
{
	fake_set_status(VIRTIO_CONFIG_S_ACKNOWLEDGE);
	fake_write(0x3000, 2, 1);
	assert_noted("before DRIVER_OK");
}
END_TEST

START_TEST(status_bits_taken_back_are_noted)
{
	fake_write(STATUS, 1, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	assert_noted("status 0x01");
}
END_TEST

START_TEST(life_during_a_reset_is_noted)
{
	fake.reset_reads = 2;
	fake_write(STATUS, 1, 0);
	fake_write(STATUS, 1, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	assert_noted("during a reset");
}
END_TEST

START_TEST(features_that_are_not_offered_are_noted)
{
	fake_write(STATUS, 1, 0);
	fake_write(0x08, 4, 1);
	fake_write(0x0c, 4, 1u << 2);
	assert_noted("not offered");
}
END_TEST

START_TEST(configuration_space_is_noted)
{
	const struct vpci_access *way = fake_way();
	const uint8_t bytes[4] = { 0 };
	uint8_t data[4];

	ck_assert_int_eq(way->config_write(fake.dev, 0x10, bytes, 4), 0);
	assert_noted("written at 0x10");
	*fake.offence = '\0';
	ck_assert_int_eq(way->config_read(fake.dev, fake.window + 16, data, 4), 0);
	assert_noted("pci_cfg_data");
}
END_TEST

START_TEST(memory_taken_from_a_running_device_is_noted)
{
	const struct virtio_mem_region region = { 0 };

	ck_assert_int_eq(fake_way()->mem_remove(fake.dev, &region), 0);
	assert_noted("memory");
	fake.mem_regions++;
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-watch");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, legal_accesses_are_not_noted);
	tcase_add_test(tc, writes_of_read_only_registers_are_noted);
	tcase_add_test(tc, wrong_widths_are_noted);
	tcase_add_test(tc, registers_of_features_that_were_not_accepted_are_noted);
	tcase_add_test(tc, queue_enable_of_0_is_noted);
	tcase_add_test(tc, fields_after_queue_enable_are_noted);
	tcase_add_test(tc, bad_queue_sizes_are_noted);
	tcase_add_test(tc, vectors_outside_of_the_table_are_noted);
	tcase_add_test(tc, isr_is_noted_with_msix);
	tcase_add_test(tc, wide_doorbells_are_noted);
	tcase_add_test(tc, early_doorbells_are_noted);
	tcase_add_test(tc, status_bits_taken_back_are_noted);
	tcase_add_test(tc, life_during_a_reset_is_noted);
	tcase_add_test(tc, features_that_are_not_offered_are_noted);
	tcase_add_test(tc, configuration_space_is_noted);
	tcase_add_test(tc, memory_taken_from_a_running_device_is_noted);
	return unit_run("pci-watch", tc);
}
