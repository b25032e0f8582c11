/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI addresses: parse, format, compare.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/error.h>
#include <virtio-poll/pci.h>

#include "unit.h"

static void check_parse(const char *text, uint32_t domain, unsigned bus, unsigned dev,
			unsigned func)
{
	struct virtio_pci_addr addr;

	ck_assert_msg(virtio_pci_addr_parse(&addr, text) == 0, "%s", virtio_last_error());
	ck_assert_uint_eq(addr.domain, domain);
	ck_assert_uint_eq(addr.bus, bus);
	ck_assert_uint_eq(addr.dev, dev);
	ck_assert_uint_eq(addr.func, func);
}

START_TEST(full_and_short_addresses_are_read)
{
	check_parse("0000:00:04.0", 0, 0, 4, 0);
	check_parse("00:04.0", 0, 0, 4, 0);
	check_parse("1:a:1f.7", 1, 10, 31, 7);
	check_parse("10000:E1:00.0", 0x10000, 0xe1, 0, 0);
	check_parse("ffffffff:ff:1f.7", 0xffffffff, 0xff, 31, 7);
}
END_TEST

START_TEST(bad_addresses_are_refused_and_change_nothing)
{
	static const char *const rows[] = {
		"", ":", "00:04", "0000:00:04", "00:04.", "00:04.8", "00:20.0", "100:04.0",
		"00:004.0", "00:04.00", "00:04.0 ", " 00:04.0", "0000:00:04.0x", "0x0:00:04.0",
		"-1:00:04.0", "100000000:00:04.0", ":00:04.0", "0000::04.0", "00:04.0:0", "g:00.0",
		"0000:0000:00:04.0",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct virtio_pci_addr addr = { .domain = 9, .bus = 8, .dev = 7, .func = 6 };

		ck_assert_msg(virtio_pci_addr_parse(&addr, rows[i]) == -EINVAL, "%s", rows[i]);
		ck_assert(addr.domain == 9 && addr.bus == 8 && addr.dev == 7 && addr.func == 6);
	}
	assert_error_says("virtio_pci_addr_parse: \"0000:0000:00:04.0\"");
}
END_TEST

START_TEST(null_is_refused)
{
	struct virtio_pci_addr addr;

	ck_assert_int_eq(virtio_pci_addr_parse(NULL, "00:04.0"), -EINVAL);
	ck_assert_int_eq(virtio_pci_addr_parse(&addr, NULL), -EINVAL);
}
END_TEST

START_TEST(format_writes_what_parse_reads)
{
	const struct virtio_pci_addr addr = { .domain = 0, .bus = 0, .dev = 4, .func = 0 };
	char text[VIRTIO_PCI_ADDR_STRLEN];

	ck_assert_int_eq(virtio_pci_addr_format(text, sizeof(text), &addr), 0);
	ck_assert_str_eq(text, "0000:00:04.0");
}
END_TEST

START_TEST(strlen_suffices_for_the_longest)
{
	const struct virtio_pci_addr addr = { 0xffffffff, 0xff, 31, 7 };
	char text[VIRTIO_PCI_ADDR_STRLEN];

	ck_assert_int_eq(virtio_pci_addr_format(text, sizeof(text), &addr), 0);
	ck_assert_str_eq(text, "ffffffff:ff:1f.7");
}
END_TEST

START_TEST(format_without_room_is_enospc)
{
	const struct virtio_pci_addr addr = { .domain = 0, .bus = 0, .dev = 4, .func = 0 };
	char text[13] = "";

	ck_assert_int_eq(virtio_pci_addr_format(text, sizeof(text) - 1, &addr), -ENOSPC);
	ck_assert_int_eq(virtio_pci_addr_format(NULL, 0, &addr), -ENOSPC);
	ck_assert_int_eq(virtio_pci_addr_format(text, sizeof(text), &addr), 0);
}
END_TEST

START_TEST(addresses_compare_in_bus_order)
{
	static const struct virtio_pci_addr order[] = {
		{ 0, 0, 0, 0 }, { 0, 0, 0, 1 }, { 0, 0, 1, 0 }, { 0, 1, 0, 0 }, { 1, 0, 0, 0 },
		{ 0x80000000, 0, 0, 0 }, { 0xffffffff, 255, 31, 7 },
	};
	const size_t n = sizeof(order) / sizeof(order[0]);

	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(virtio_pci_addr_compare(&order[i], &order[i]), 0);
		for (size_t j = i + 1; j < n; j++) {
			ck_assert_int_lt(virtio_pci_addr_compare(&order[i], &order[j]), 0);
			ck_assert_int_gt(virtio_pci_addr_compare(&order[j], &order[i]), 0);
		}
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-addr");

	tcase_add_test(tc, full_and_short_addresses_are_read);
	tcase_add_test(tc, bad_addresses_are_refused_and_change_nothing);
	tcase_add_test(tc, null_is_refused);
	tcase_add_test(tc, format_writes_what_parse_reads);
	tcase_add_test(tc, strlen_suffices_for_the_longest);
	tcase_add_test(tc, format_without_room_is_enospc);
	tcase_add_test(tc, addresses_compare_in_bus_order);
	return unit_run("pci-addr", tc);
}
