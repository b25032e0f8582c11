/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Windows on a BAR that is a file or, where mapping is refused, reached by
 * calls: what is mapped, which accesses arrive, what a blind one shows.
 */
#include "config.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/error.h>

#include "access.h"
#include "device.h"
#include "unit.h"
#include "window.h"

#define BAR_SIZE	(1u << 30)

static struct {
	int fd;
	int map_result;
	int call_result;
	uint64_t map_offset, map_len;
	uint64_t offset;		/* of the last access by call */
	unsigned len;
	unsigned calls;
	uint8_t bytes[16];
} bar;

static struct vpci_dev dev;
static struct vpci_window w;

static int bar_map(struct vpci_dev *d, unsigned number, uint64_t offset, uint64_t len, void **addr)
{
	(void)d;
	ck_assert_uint_eq(number, 4);
	bar.map_offset = offset;
	bar.map_len = len;
	if (bar.map_result)
		return bar.map_result;
	*addr = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, bar.fd, (off_t)offset);
	return *addr == MAP_FAILED ? -errno : 0;
}

static void note(uint64_t offset, unsigned len)
{
	bar.offset = offset;
	bar.len = len;
	bar.calls++;
}

static int bar_read(struct vpci_dev *d, unsigned number, uint64_t offset, void *buf, unsigned len)
{
	(void)d;
	ck_assert_uint_eq(number, 4);
	note(offset, len);
	memcpy(buf, bar.bytes, len);
	return bar.call_result;
}

static int bar_write(struct vpci_dev *d, unsigned number, uint64_t offset, const void *buf,
		     unsigned len)
{
	(void)d;
	ck_assert_uint_eq(number, 4);
	note(offset, len);
	memcpy(bar.bytes, buf, len);
	return bar.call_result;
}

static const struct vpci_access mapped = { .name = "fake", .bar_map = bar_map };
static const struct vpci_access called = {
	.name = "fake", .bar_map = bar_map, .bar_read = bar_read, .bar_write = bar_write,
};

static void set_up(void)
{
	memset(&bar, 0, sizeof(bar));
	memset(&dev, 0, sizeof(dev));
	memset(&w, 0, sizeof(w));
	strcpy(dev.fn.name, "7000:fe:04.0");
	dev.access = &mapped;
	bar.fd = memfd_create("bar", MFD_CLOEXEC);
	ck_assert_int_ge(bar.fd, 0);
	ck_assert_int_eq(ftruncate(bar.fd, BAR_SIZE), 0);
}

static void tear_down(void)
{
	vpci_window_close(&w);
	close(bar.fd);
}

static void open_window(uint64_t offset, uint64_t place_length, uint64_t length)
{
	const struct vpci_place place = { .bar = 4, .offset = offset, .length = place_length };

	ck_assert_msg(vpci_window_open(&w, &dev, &place, length, "test") == 0, "%s",
		      virtio_last_error());
}

static void open_called(uint64_t offset, uint64_t length)
{
	dev.access = &called;
	bar.map_result = -EINVAL;
	open_window(offset, length, 0);
}

/* PCI-CAP-5 */
START_TEST(only_the_pages_that_are_needed_are_mapped)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	open_window(page + 0x40, BAR_SIZE - 2 * page, 0x38);
	ck_assert_uint_eq(bar.map_offset, page);
	ck_assert_uint_eq(bar.map_len, page);
	ck_assert_uint_eq(w.place.length, 0x38);
}
END_TEST

/* PCI-CAP-5 */
START_TEST(window_across_a_page_edge_maps_both)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	open_window(page - 4, 8, 0);
	ck_assert_uint_eq(bar.map_offset, 0);
	ck_assert_uint_eq(bar.map_len, 2 * page);
	vpci_write32(&w, 4, 0x11223344);
	ck_assert_uint_eq(vpci_read32(&w, 4), 0x11223344);
}
END_TEST

START_TEST(values_are_little_endian_in_the_bar)
{
	static const uint8_t expected[] = { 0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 0x77 };
	uint8_t bytes[sizeof(expected)];

	open_window(0x1040, 0x40, 0);
	vpci_write32(&w, 0, 0x11223344);
	vpci_write16(&w, 4, 0x5566);
	vpci_write8(&w, 6, 0x77);
	ck_assert_int_eq(pread(bar.fd, bytes, sizeof(bytes), 0x1040), sizeof(bytes));
	ck_assert_mem_eq(bytes, expected, sizeof(bytes));
	ck_assert_uint_eq(vpci_read32(&w, 0), 0x11223344);
	ck_assert_uint_eq(vpci_read16(&w, 4), 0x5566);
	ck_assert_uint_eq(vpci_read8(&w, 6), 0x77);
}
END_TEST

START_TEST(outside_of_the_window_there_are_ones_and_no_writes)
{
	open_called(0x1000, 6);
	vpci_write8(&w, 6, 1);
	vpci_write16(&w, 6, 1);
	vpci_write32(&w, 4, 1);
	vpci_write32(&w, UINT64_MAX - 3, 1);
	ck_assert_uint_eq(vpci_read8(&w, 6), 0xff);
	ck_assert_uint_eq(vpci_read16(&w, UINT64_MAX - 1), 0xffff);
	ck_assert_uint_eq(vpci_read32(&w, 4), UINT32_MAX);
	ck_assert_uint_eq(bar.calls, 0);
}
END_TEST

/* PCI-LAYOUT-2, -3, HARD-CAP-6 */
START_TEST(misaligned_accesses_are_not_made)
{
	open_called(0x1002, 0x40);
	vpci_write16(&w, 1, 1);
	vpci_write32(&w, 0, 1);		/* at 0x1002 of the BAR */
	ck_assert_uint_eq(vpci_read16(&w, 3), 0xffff);
	ck_assert_uint_eq(vpci_read32(&w, 4), UINT32_MAX);
	ck_assert_uint_eq(bar.calls, 0);
	vpci_write32(&w, 2, 1);
	ck_assert_uint_eq(bar.calls, 1);
}
END_TEST

/* HARD-CAP-10, PCI-LAYOUT-1, -2, -3 */
START_TEST(where_mapping_is_refused_each_access_is_one_call)
{
	open_called(0x1000, 0x40);
	vpci_write8(&w, 3, 0x77);
	ck_assert(bar.calls == 1 && bar.offset == 0x1003 && bar.len == 1);
	vpci_write16(&w, 6, 0x5566);
	ck_assert(bar.calls == 2 && bar.offset == 0x1006 && bar.len == 2);
	ck_assert(bar.bytes[0] == 0x66 && bar.bytes[1] == 0x55);
	ck_assert_uint_eq(vpci_read16(&w, 6), 0x5566);
	vpci_write32(&w, 8, 0x11223344);
	ck_assert(bar.calls == 4 && bar.offset == 0x1008 && bar.len == 4);
	ck_assert(bar.bytes[0] == 0x44 && bar.bytes[3] == 0x11);
	ck_assert_uint_eq(vpci_read32(&w, 8), 0x11223344);
	ck_assert_uint_eq(bar.calls, 5);
}
END_TEST

/* HARD-CFG-4 */
START_TEST(call_that_fails_reads_as_ones)
{
	open_called(0x1000, 0x40);
	bar.call_result = -EIO;
	ck_assert_uint_eq(vpci_read8(&w, 0), 0xff);
	ck_assert_uint_eq(vpci_read16(&w, 0), 0xffff);
	ck_assert_uint_eq(vpci_read32(&w, 0), UINT32_MAX);
}
END_TEST

START_TEST(refused_mapping_without_calls_is_an_error)
{
	const struct vpci_place place = { .bar = 4, .offset = 0x1000, .length = 0x40 };

	bar.map_result = -EPERM;
	ck_assert_int_eq(vpci_window_open(&w, &dev, &place, 0, "notification"), -EPERM);
	assert_error_says("7000:fe:04.0");
	assert_error_says("notification");
	assert_error_says("BAR 4");
}
END_TEST

START_TEST(structure_that_is_not_there_is_a_window_on_nothing)
{
	open_window(0, 0, 0);
	vpci_write8(&w, 0, 1);
	ck_assert_uint_eq(vpci_read8(&w, 0), 0xff);
	ck_assert_uint_eq(w.place.length, 0);
}
END_TEST

START_TEST(window_whose_end_overflows_is_an_error)
{
	const struct vpci_place place = { .bar = 4, .offset = UINT64_MAX - 7, .length = 8 };

	ck_assert_int_eq(vpci_window_open(&w, &dev, &place, 0, "test"), -EOVERFLOW);
}
END_TEST

START_TEST(blind_window_shows_ones_and_leaves_the_bar_alone)
{
	uint8_t byte;

	open_window(0x1000, 0x40, 0);
	vpci_write8(&w, 0, 0x77);
	vpci_window_blind(&w);
	ck_assert_uint_eq(vpci_read8(&w, 0), 0xff);
	ck_assert_uint_eq(vpci_read32(&w, 0x3c), UINT32_MAX);
	vpci_write8(&w, 0, 0x55);
	ck_assert_int_eq(pread(bar.fd, &byte, 1, 0x1000), 1);
	ck_assert_uint_eq(byte, 0x77);
}
END_TEST

START_TEST(blind_window_cannot_fault)
{
	open_window(0x1000, 0x40, 0);
	vpci_window_blind(&w);
	ck_assert_int_eq(ftruncate(bar.fd, 0), 0);
	vpci_write32(&w, 0, 1);
	ck_assert_uint_eq(vpci_read32(&w, 4), UINT32_MAX);
}
END_TEST

START_TEST(blind_window_without_a_mapping_makes_no_calls)
{
	open_called(0x1000, 0x40);
	vpci_window_blind(&w);
	vpci_write32(&w, 0, 1);
	ck_assert_uint_eq(vpci_read16(&w, 0), 0xffff);
	ck_assert_uint_eq(bar.calls, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-window");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, only_the_pages_that_are_needed_are_mapped);
	tcase_add_test(tc, window_across_a_page_edge_maps_both);
	tcase_add_test(tc, values_are_little_endian_in_the_bar);
	tcase_add_test(tc, outside_of_the_window_there_are_ones_and_no_writes);
	tcase_add_test(tc, misaligned_accesses_are_not_made);
	tcase_add_test(tc, where_mapping_is_refused_each_access_is_one_call);
	tcase_add_test(tc, call_that_fails_reads_as_ones);
	tcase_add_test(tc, refused_mapping_without_calls_is_an_error);
	tcase_add_test(tc, structure_that_is_not_there_is_a_window_on_nothing);
	tcase_add_test(tc, window_whose_end_overflows_is_an_error);
	tcase_add_test(tc, blind_window_shows_ones_and_leaves_the_bar_alone);
	tcase_add_test(tc, blind_window_cannot_fault);
	tcase_add_test(tc, blind_window_without_a_mapping_makes_no_calls);
	return unit_run("pci-window", tc);
}
