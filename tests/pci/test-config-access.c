/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device configuration space over PCI: the width of each access, bounds,
 * changes during a read, ones that may be all that is left of a device.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/virtqueue.h>

#include "config-layout.h"
#include "fake-function.h"
#include "regs.h"
#include "unit.h"

#define DEVICE	0x2000		/* where the structure is in the BAR */
#define RPMB	28		/* its type: older headers have no name for it */

static struct virtio_dev vdev;

static void set_up(void)
{
	fake_init();
}

static void tear_down(void)
{
	fake_end(&vdev);
}

static int read_config(size_t offset, int len)
{
	uint8_t bytes[64];
	const int err = virtio_dev_read_dev_config(&vdev, offset, bytes, len);

	if (!err)
		ck_assert_mem_eq(bytes, fake.config + offset, (size_t)len);
	return err;
}

/* Each access is to a field of the type, whole. */
static void assert_fields(uint16_t type)
{
	for (unsigned i = 0; i < fake.accesses; i++) {
		const struct fake_access_log *a = &fake.log[i];
		uint32_t start;

		if (a->at < DEVICE || a->at >= DEVICE + sizeof(fake.config))
			continue;
		ck_assert_uint_eq(vpci_config_field(type, a->at - DEVICE, &start), a->width);
		ck_assert_uint_eq(start, a->at - DEVICE);
	}
}

/* PCI-LAYOUT-1, -2, -3 */
START_TEST(every_field_is_read_by_its_own_width)
{
	static const uint16_t types[] = {
		VIRTIO_ID_NET, VIRTIO_ID_BLOCK, VIRTIO_ID_CONSOLE, VIRTIO_ID_SCSI, VIRTIO_ID_9P,
		VIRTIO_ID_INPUT, VIRTIO_ID_FS, VIRTIO_ID_GPU, VIRTIO_ID_IOMMU, VIRTIO_ID_MEM,
		VIRTIO_ID_GPIO,
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		fake_init();
		fake.type = types[i];
		fake_must_open(&vdev);
		ck_assert_int_eq(read_config(0, sizeof(fake.config)), 0);
		assert_fields(types[i]);
		fake_end(&vdev);
	}
}
END_TEST

/* What the sections 5.x.4 say of fields that are not 32 bits wide. */
START_TEST(widths_are_those_of_the_specification)
{
	static const struct {
		uint16_t type;
		uint32_t at;
		unsigned width;
	} rows[] = {
		{ VIRTIO_ID_NET, 0, 1 }, { VIRTIO_ID_NET, 5, 1 }, { VIRTIO_ID_NET, 6, 2 },
		{ VIRTIO_ID_NET, 8, 2 }, { VIRTIO_ID_NET, 10, 2 }, { VIRTIO_ID_NET, 12, 4 },
		{ VIRTIO_ID_NET, 16, 1 }, { VIRTIO_ID_NET, 17, 1 }, { VIRTIO_ID_NET, 18, 2 },
		{ VIRTIO_ID_NET, 20, 4 },
		{ VIRTIO_ID_BLOCK, 0, 4 }, { VIRTIO_ID_BLOCK, 4, 4 }, { VIRTIO_ID_BLOCK, 16, 2 },
		{ VIRTIO_ID_BLOCK, 18, 1 }, { VIRTIO_ID_BLOCK, 19, 1 }, { VIRTIO_ID_BLOCK, 20, 4 },
		{ VIRTIO_ID_BLOCK, 24, 1 }, { VIRTIO_ID_BLOCK, 25, 1 }, { VIRTIO_ID_BLOCK, 26, 2 },
		{ VIRTIO_ID_BLOCK, 28, 4 }, { VIRTIO_ID_BLOCK, 32, 1 }, { VIRTIO_ID_BLOCK, 34, 2 },
		{ VIRTIO_ID_BLOCK, 36, 4 }, { VIRTIO_ID_BLOCK, 56, 1 },
		{ VIRTIO_ID_BLOCK, 88, 4 }, { VIRTIO_ID_BLOCK, 92, 1 },
		{ VIRTIO_ID_CONSOLE, 0, 2 }, { VIRTIO_ID_CONSOLE, 2, 2 },
		{ VIRTIO_ID_CONSOLE, 4, 4 }, { VIRTIO_ID_CONSOLE, 8, 4 },
		{ VIRTIO_ID_SCSI, 24, 4 }, { VIRTIO_ID_SCSI, 28, 2 }, { VIRTIO_ID_SCSI, 30, 2 },
		{ VIRTIO_ID_SCSI, 32, 4 },
		{ VIRTIO_ID_BALLOON, 0, 4 }, { VIRTIO_ID_BALLOON, 4, 4 },
		{ VIRTIO_ID_IOMMU, 0, 4 }, { VIRTIO_ID_IOMMU, 20, 4 }, { VIRTIO_ID_IOMMU, 28, 4 },
		{ VIRTIO_ID_IOMMU, 32, 4 }, { VIRTIO_ID_IOMMU, 36, 1 }, { VIRTIO_ID_IOMMU, 37, 1 },
		{ VIRTIO_ID_IOMMU, 39, 1 },
		{ VIRTIO_ID_MEM, 4, 4 }, { VIRTIO_ID_MEM, 8, 2 }, { VIRTIO_ID_MEM, 10, 1 },
		{ VIRTIO_ID_MEM, 15, 1 }, { VIRTIO_ID_MEM, 16, 4 }, { VIRTIO_ID_MEM, 52, 4 },
		{ VIRTIO_ID_GPIO, 0, 2 }, { VIRTIO_ID_GPIO, 2, 1 }, { VIRTIO_ID_GPIO, 3, 1 },
		{ VIRTIO_ID_GPIO, 4, 4 },
		{ RPMB, 0, 1 }, { RPMB, 1, 1 }, { RPMB, 2, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t start;

		ck_assert_msg(vpci_config_field(rows[i].type, rows[i].at, &start) ==
			      rows[i].width && start == rows[i].at, "type %u at %u", rows[i].type,
			      rows[i].at);
	}
}
END_TEST

/* PCI-LAYOUT-1: a tag and a union, as long as the device says. */
START_TEST(what_has_no_fixed_length_is_bytes_to_its_end)
{
	static const struct {
		uint16_t type;
		uint32_t from;
	} rows[] = { { VIRTIO_ID_9P, 2 }, { VIRTIO_ID_INPUT, 0 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (uint32_t at = rows[i].from; at < 4096; at++) {
			uint32_t start;

			must(vpci_config_field(rows[i].type, at, &start) == 1 && start == at);
		}
}
END_TEST

/* PCI-LAYOUT-3 */
START_TEST(part_of_a_field_is_read_as_a_whole_field)
{
	fake_must_open(&vdev);
	ck_assert_int_eq(read_config(2, 1), 0);
	ck_assert_int_eq(read_config(3, 3), 0);
	assert_fields(VIRTIO_ID_BLOCK);
	ck_assert_uint_eq(fake_count(false, DEVICE, 8), 3);
}
END_TEST

/* PCI-LAYOUT-2, -3 */
START_TEST(whole_fields_are_written_by_one_access)
{
	static const uint8_t bytes[] = { 9, 8, 7, 6 };

	fake.type = VIRTIO_ID_CONSOLE;
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_write_dev_config(&vdev, 8, bytes, 4), 0);
	ck_assert_int_eq(virtio_dev_write_dev_config(&vdev, 2, bytes, 2), 0);
	ck_assert_mem_eq(fake.config + 8, bytes, 4);
	ck_assert_mem_eq(fake.config + 2, bytes, 2);
	ck_assert_uint_eq(fake_count(true, DEVICE, 64), 2);
	assert_fields(VIRTIO_ID_CONSOLE);
}
END_TEST

START_TEST(writing_changes_what_was_named_and_no_more)
{
	uint8_t expected[sizeof(fake.config)];
	static const uint8_t bytes[] = { 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7 };

	fake_must_open(&vdev);
	memcpy(expected, fake.config, sizeof(expected));
	memcpy(expected + 33, bytes, sizeof(bytes));
	memcpy(expected + 1, bytes, 2);
	ck_assert_int_eq(virtio_dev_write_dev_config(&vdev, 33, bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(virtio_dev_write_dev_config(&vdev, 1, bytes, 2), 0);
	ck_assert_mem_eq(fake.config, expected, sizeof(expected));
}
END_TEST

/* HARD-CFG-2 */
START_TEST(no_access_leaves_the_structure)
{
	static const struct {
		uint64_t length;
		size_t offset;
		int len, result;
	} rows[] = {
		{ 8, 0, 8, 0 }, { 8, 8, 1, -EINVAL }, { 8, 0, 9, -EINVAL }, { 8, 7, 2, -EINVAL },
		{ 8, 1u << 30, 4, -EINVAL }, { 6, 0, 6, 0 }, { 6, 4, 2, 0 }, { 7, 6, 1, 0 },
		{ 5, 4, 1, 0 }, { 1, 0, 1, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_init();
		fake.device.length = rows[i].length;
		fake_must_open(&vdev);
		ck_assert_int_eq(read_config(rows[i].offset, rows[i].len), rows[i].result);
		ck_assert_uint_eq(fake_count(false, DEVICE + rows[i].length, 0x100), 0);
		fake_end(&vdev);
	}
}
END_TEST

/* PCI-DEVCFG-1 */
START_TEST(device_without_configuration_says_so)
{
	fake.type = VIRTIO_ID_RNG;
	fake.device.length = 0;
	fake_must_start(&vdev, 1);
	ck_assert_int_eq(read_config(0, 1), -ENOTSUP);
	assert_error_says("no device configuration");
}
END_TEST

/* HARD-CFG-1 */
START_TEST(space_that_changes_at_each_read_is_given_up_on)
{
	fake_must_open(&vdev);
	fake.unsteady = true;
	ck_assert_int_eq(read_config(0, 8), -EAGAIN);
	ck_assert_uint_le(fake_count(false, DEVICE, 8), 200);
}
END_TEST

/* HARD-CFG-4: the generation is ones on both sides, which looks steady. */
START_TEST(ones_of_a_device_that_is_gone_are_no_configuration)
{
	uint8_t bytes[8];

	fake_must_start(&vdev, 1);
	fake.silent = true;
	ck_assert_int_eq(virtio_dev_read_dev_config(&vdev, 0, bytes, sizeof(bytes)), -ENODEV);
	assert_error_says("removed");
	ck_assert_int_eq(virtqueue_get_error(vdev.vqs[0]), -ENODEV);
}
END_TEST

/* HARD-CFG-4 */
START_TEST(ones_of_a_device_that_lives_are_its_configuration)
{
	fake_must_open(&vdev);
	memset(fake.config, 0xff, 8);
	ck_assert_int_eq(read_config(0, 8), 0);
}
END_TEST

/* PCI-CFGACC-1, -2, -3: nothing is ever written there, and the fake function
 * notes a read of the data, which the device would make one of its BAR. */
START_TEST(access_window_is_never_used)
{
	fake.irqs = 4;
	fake_must_start(&vdev, 3);
	ck_assert_int_eq(read_config(0, 8), 0);
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	for (unsigned i = fake.window + 4; i < fake.window + 20; i++)
		ck_assert_uint_eq(fake.space.bytes[i], 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-config-access");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, every_field_is_read_by_its_own_width);
	tcase_add_test(tc, widths_are_those_of_the_specification);
	tcase_add_test(tc, what_has_no_fixed_length_is_bytes_to_its_end);
	tcase_add_test(tc, part_of_a_field_is_read_as_a_whole_field);
	tcase_add_test(tc, whole_fields_are_written_by_one_access);
	tcase_add_test(tc, writing_changes_what_was_named_and_no_more);
	tcase_add_test(tc, no_access_leaves_the_structure);
	tcase_add_test(tc, device_without_configuration_says_so);
	tcase_add_test(tc, space_that_changes_at_each_read_is_given_up_on);
	tcase_add_test(tc, ones_of_a_device_that_is_gone_are_no_configuration);
	tcase_add_test(tc, ones_of_a_device_that_lives_are_its_configuration);
	tcase_add_test(tc, access_window_is_never_used);
	return unit_run("pci-config-access", tc);
}
