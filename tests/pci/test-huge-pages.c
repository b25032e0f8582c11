/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which huge pages a machine has reserved: pools made here stand in for those of
 * the kernel.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>

#include "fake-sysfs.h"
#include "pages.h"
#include "sysfs.h"
#include "unit.h"

#define POOLS	"/sys/kernel/mm/hugepages"

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
int __real_vpci_read_text(const char *path, char *text, size_t size);
int __wrap_vpci_read_text(const char *path, char *text, size_t size);

/* The path below the tree of what would lie below POOLS. */
static const char *moved(const char *path)
{
	static char other[VPCI_SYSFS_PATH];

	if (strncmp(path, POOLS, strlen(POOLS)) != 0)
		return path;
	snprintf(other, sizeof(other), "%s%s", fake_sysfs_root(), path + strlen(POOLS));
	return other;
}

DIR *__wrap_opendir(const char *path)
{
	return __real_opendir(moved(path));
}

int __wrap_vpci_read_text(const char *path, char *text, size_t size)
{
	return __real_vpci_read_text(moved(path), text, size);
}

static void pool(const char *name, const char *pages)
{
	char path[64];

	fake_sysfs_folder(name);
	snprintf(path, sizeof(path), "%s/nr_hugepages", name);
	fake_sysfs_text(path, pages);
}

static void assert_pages(uint64_t pages, uint64_t size)
{
	uint64_t found = 1;

	ck_assert_uint_eq(vpci_huge_pages(&found), pages);
	ck_assert_uint_eq(found, size);
}

START_TEST(smallest_size_that_has_pages_is_told)
{
	pool("hugepages-1048576kB", "4\n");
	pool("hugepages-2048kB", "512\n");
	pool("hugepages-16777216kB", "1\n");
	assert_pages(512, 2ull << 20);
}
END_TEST

START_TEST(size_without_pages_is_passed_over)
{
	pool("hugepages-2048kB", "0\n");
	pool("hugepages-1048576kB", "3\n");
	assert_pages(3, 1ull << 30);
}
END_TEST

START_TEST(pages_below_2_mib_do_not_count)
{
	pool("hugepages-64kB", "1000\n");
	pool("hugepages-2048kB", "0\n");
	pool("hugepages-32768kB", "7\n");
	assert_pages(7, 32ull << 20);
}
END_TEST

START_TEST(machine_without_any_is_told_the_least_size)
{
	pool("hugepages-64kB", "1000\n");
	pool("hugepages-2048kB", "0\n");
	pool("hugepages-1048576kB", "0\n");
	assert_pages(0, VPCI_HUGE_PAGE);
}
END_TEST

START_TEST(kernel_without_huge_pages_has_none)
{
	fake_sysfs_end();
	assert_pages(0, VPCI_HUGE_PAGE);
}
END_TEST

START_TEST(what_is_no_pool_is_passed_over)
{
	pool("hugepages-kB", "9\n");
	pool("others-2048kB", "9\n");
	fake_sysfs_folder("hugepages-4096kB");
	pool("hugepages-8192kB", "\n");
	assert_pages(0, VPCI_HUGE_PAGE);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("huge-pages");

	tcase_add_checked_fixture(tc, fake_sysfs_init, fake_sysfs_end);
	tcase_add_test(tc, smallest_size_that_has_pages_is_told);
	tcase_add_test(tc, size_without_pages_is_passed_over);
	tcase_add_test(tc, pages_below_2_mib_do_not_count);
	tcase_add_test(tc, machine_without_any_is_told_the_least_size);
	tcase_add_test(tc, kernel_without_huge_pages_has_none);
	tcase_add_test(tc, what_is_no_pool_is_passed_over);
	return unit_run("huge-pages", tc);
}
