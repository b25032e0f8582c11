/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is read of configuration space before it is parsed: all that the
 * parser looks at, nothing of the access window's data, and never for long.
 */
#include "config.h"

#include <errno.h>

#include "caps-read.h"
#include "config-bytes.h"
#include "unit.h"

static struct config_bytes c;

static struct {
	bool seen[VPCI_CONFIG_SIZE];
	unsigned reads;
	unsigned shown;		/* bytes that the kernel shows */
	int result;		/* of all reads */
} space;

static void set_up(void)
{
	memset(&space, 0, sizeof(space));
	space.shown = VPCI_CONFIG_SIZE;
	config_usual(&c);
}

static int read_space(void *ctx, unsigned at, void *buf, unsigned len)
{
	ck_assert_ptr_eq(ctx, &space);
	must(at <= VPCI_CONFIG_SIZE && len <= VPCI_CONFIG_SIZE - at);
	space.reads++;
	if (space.result)
		return space.result;
	if (at + len > space.shown)
		return -EACCES;
	memcpy(buf, c.bytes + at, len);
	memset(space.seen + at, 1, len);
	return 0;
}

START_TEST(parser_finds_in_it_what_it_finds_in_the_whole)
{
	uint8_t bytes[VPCI_CONFIG_SIZE];
	struct vpci_caps whole, part;

	config_add_shm(&c, 4, 1, 0x100, 0x100);
	ck_assert_int_eq(vpci_caps_read(read_space, &space, bytes), VPCI_CONFIG_SIZE);
	ck_assert_int_eq(vpci_caps_parse(bytes, sizeof(bytes), c.bars, &part), 0);
	ck_assert_int_eq(config_parse(&c, &whole), 0);
	ck_assert_mem_eq(&part, &whole, sizeof(whole));
}
END_TEST

/* PCI-CFGACC-2: it is the second capability, behind that of MSI-X. */
START_TEST(data_of_the_access_window_are_not_read)
{
	uint8_t bytes[VPCI_CONFIG_SIZE];
	const unsigned window = c.bytes[0x41];

	ck_assert_uint_eq(c.bytes[window + 3], VPCI_CAP_ACCESS);
	ck_assert_int_eq(vpci_caps_read(read_space, &space, bytes), VPCI_CONFIG_SIZE);
	for (unsigned i = window + 16; i < window + 20; i++)
		ck_assert_msg(!space.seen[i], "byte 0x%02x was read", i);
}
END_TEST

/* HARD-CAP-2 */
START_TEST(list_that_goes_round_is_read_a_bounded_time)
{
	uint8_t bytes[VPCI_CONFIG_SIZE];

	c.bytes[c.link] = 0x40;
	ck_assert_int_eq(vpci_caps_read(read_space, &space, bytes), VPCI_CONFIG_SIZE);
	ck_assert_uint_lt(space.reads, 500);
}
END_TEST

/* HARD-CAP-3: the reader itself checks that no read leaves the space. */
START_TEST(capability_at_the_end_is_read_as_far_as_it_goes)
{
	uint8_t bytes[VPCI_CONFIG_SIZE];

	for (unsigned at = 0xf0; at < 0x100; at += 4) {
		set_up();
		c.bytes[c.link] = (uint8_t)at;
		c.bytes[at] = 9;
		c.bytes[at + 2] = 0xff;
		ck_assert_int_eq(vpci_caps_read(read_space, &space, bytes), VPCI_CONFIG_SIZE);
		ck_assert_mem_eq(bytes + at, c.bytes + at, VPCI_CONFIG_SIZE - at);
	}
}
END_TEST

START_TEST(header_alone_is_64_bytes)
{
	uint8_t bytes[VPCI_CONFIG_SIZE];
	struct vpci_caps caps;

	space.shown = 64;
	ck_assert_int_eq(vpci_caps_read(read_space, &space, bytes), 64);
	ck_assert_int_eq(vpci_caps_parse(bytes, 64, c.bars, &caps), -EACCES);
}
END_TEST

START_TEST(space_that_cannot_be_read_is_an_error)
{
	uint8_t bytes[VPCI_CONFIG_SIZE];

	space.result = -EIO;
	ck_assert_int_eq(vpci_caps_read(read_space, &space, bytes), -EIO);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-caps-read");

	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, parser_finds_in_it_what_it_finds_in_the_whole);
	tcase_add_test(tc, data_of_the_access_window_are_not_read);
	tcase_add_test(tc, list_that_goes_round_is_read_a_bounded_time);
	tcase_add_test(tc, capability_at_the_end_is_read_as_far_as_it_goes);
	tcase_add_test(tc, header_alone_is_64_bytes);
	tcase_add_test(tc, space_that_cannot_be_read_is_an_error);
	return unit_run("pci-caps-read", tc);
}
