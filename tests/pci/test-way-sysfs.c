/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way in through sysfs, where files stand in for what sysfs has: BARs as it
 * maps them, and what it leaves of a function that it has opened.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "device.h"
#include "fake-sysfs.h"
#include "pages.h"
#include "unit.h"

#define NAME	"7000:fe:04.0"
#define BASE	0x8000000000ull

static struct vpci_dev dev;
static uint8_t bytes[0x4000];
static void *map;

int __wrap_vpci_pages_check(const char *pagemap);

/* Whoever runs the tests may not see physical addresses. */
int __wrap_vpci_pages_check(const char *pagemap)
{
	(void)pagemap;
	return 0;
}

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

static void make_config(uint8_t byte)
{
	uint8_t config[0x100];

	memset(config, byte, sizeof(config));
	fake_sysfs_file(NAME "/config", config, sizeof(config));
}

static int open_function(uint8_t byte)
{
	make_config(byte);
	fake_sysfs_text(NAME "/enable", "0\n");
	dev.access = &vpci_access_sysfs;
	return dev.access->open(&dev);
}

static void get(const char *attribute, unsigned at, void *buf, unsigned len)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s/%s", fake_sysfs_root(), NAME, attribute);
	fd = open(path, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, buf, len, at), len);
	close(fd);
}

static bool is_enabled(void)
{
	char count;

	get("enable", 0, &count, sizeof(count));
	return count != '0';
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

/* HARD-STAT-5: ones were never its command register, so they are not put back. */
START_TEST(function_of_ones_is_refused_and_not_written)
{
	uint16_t command;

	ck_assert_int_eq(open_function(0xff), -ENODEV);
	assert_error_says(NAME " was removed");
	get("config", VPCI_COMMAND, &command, sizeof(command));
	ck_assert_uint_eq(command, UINT16_MAX);
}
END_TEST

START_TEST(device_that_was_lost_by_its_status_is_disabled_at_the_end)
{
	ck_assert_msg(open_function(0) == 0, "%s", virtio_last_error());
	ck_assert(is_enabled());
	dev.gone = true;
	dev.access->close(&dev);
	ck_assert(!is_enabled());
}
END_TEST

/* The name may be another's by then. */
START_TEST(attributes_of_a_device_that_left_the_bus_are_not_written)
{
	ck_assert_msg(open_function(0) == 0, "%s", virtio_last_error());
	dev.gone = true;
	make_config(0xff);
	dev.access->close(&dev);
	ck_assert(is_enabled());
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
	tcase_add_test(tc, function_of_ones_is_refused_and_not_written);
	tcase_add_test(tc, device_that_was_lost_by_its_status_is_disabled_at_the_end);
	tcase_add_test(tc, attributes_of_a_device_that_left_the_bus_are_not_written);
	return unit_run("pci-way-sysfs", tc);
}
