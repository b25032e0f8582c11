/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BARs as the way in through sysfs maps them, where a file stands in for the
 * resource. No device is opened.
 */
#include "config.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "device.h"
#include "fake-sysfs.h"
#include "unit.h"

#define NAME	"7000:fe:04.0"
#define BASE	0x8000000000ull

static struct vpci_dev dev;
static uint8_t bytes[0x4000];
static void *map;

static void set_up(void)
{
	fake_sysfs_init();
	fake_sysfs_folder(NAME);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i / 0x1000);
	fake_sysfs_file(NAME "/resource4", bytes, sizeof(bytes));
	memset(&dev, 0, sizeof(dev));
	memcpy(dev.fn.name, NAME, sizeof(NAME));
	dev.fn.bars[4].size = sizeof(bytes);
	dev.fn.bars[4].base = BASE;
	map = NULL;
}

static int bar_map(unsigned bar, uint64_t offset)
{
	return vpci_access_sysfs.bar_map(&dev, bar, offset, 0x1000, &map);
}

START_TEST(bar_is_mapped_from_the_offset_on)
{
	ck_assert_int_eq(bar_map(4, 0x2000), 0);
	ck_assert_mem_eq(map, bytes + 0x2000, 0x1000);
	munmap(map, 0x1000);
}
END_TEST

START_TEST(bar_that_begins_inside_a_page_is_not_mapped)
{
	static const uint64_t into[] = { 0x10, 0x800, 0xff0 };

	for (size_t i = 0; i < sizeof(into) / sizeof(into[0]); i++) {
		dev.fn.bars[4].base = BASE + into[i];
		ck_assert_int_eq(bar_map(4, 0), -ENOTSUP);
		ck_assert_ptr_null(map);
	}
}
END_TEST

START_TEST(ports_are_not_mapped)
{
	dev.fn.bars[4].io = true;
	ck_assert_int_eq(bar_map(4, 0), -EINVAL);
}
END_TEST

START_TEST(nothing_is_mapped_from_behind_the_bar_on)
{
	ck_assert_int_eq(bar_map(4, 0x5000), -EINVAL);
	ck_assert_int_eq(bar_map(VPCI_BARS, 0), -EINVAL);
}
END_TEST

START_TEST(resource_that_is_not_there_is_an_error)
{
	dev.fn.bars[2] = dev.fn.bars[4];
	ck_assert_int_eq(bar_map(2, 0), -ENOENT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-way-sysfs");

	tcase_add_checked_fixture(tc, set_up, fake_sysfs_end);
	tcase_add_test(tc, bar_is_mapped_from_the_offset_on);
	tcase_add_test(tc, bar_that_begins_inside_a_page_is_not_mapped);
	tcase_add_test(tc, ports_are_not_mapped);
	tcase_add_test(tc, nothing_is_mapped_from_behind_the_bar_on);
	tcase_add_test(tc, resource_that_is_not_there_is_an_error);
	return unit_run("pci-way-sysfs", tc);
}
