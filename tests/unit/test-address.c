/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses: the grammar, and the options as backends take them.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include <virtio-poll/backend.h>

#include "../../lib/address.h"
#include "unit.h"

static struct virtio_address *a;

static void parse(const char *text)
{
	ck_assert_msg(address_parse(text, &a) == 0, "%s", virtio_last_error());
}

static void refuse(const char *text, const char *why)
{
	ck_assert_int_eq(address_parse(text, &a), -EINVAL);
	ck_assert_ptr_null(a);
	assert_error_says(why);
}

static void drop(void)
{
	address_free(a);
	a = NULL;
}

static const char *take(const char *key)
{
	const char *value = NULL;

	ck_assert_int_eq(virtio_address_take_string(a, key, &value), 1);
	return value;
}

START_TEST(backend_and_target_are_split_at_the_first_colon)
{
	parse("pci:0000:00:04.0");
	ck_assert_str_eq(address_backend(a), "pci");
	ck_assert_str_eq(virtio_address_target(a), "0000:00:04.0");
}
END_TEST

START_TEST(options_follow_single_commas)
{
	parse("loopback:blk,size=64M,file=/tmp/x=y");
	ck_assert_str_eq(virtio_address_target(a), "blk");
	ck_assert_str_eq(take("size"), "64M");
	ck_assert_str_eq(take("file"), "/tmp/x=y");
}
END_TEST

START_TEST(doubled_comma_is_a_literal_one)
{
	parse("vhost-user:/run/a,,b,,,k=c,,,l=,,");
	ck_assert_str_eq(virtio_address_target(a), "/run/a,b,");
	ck_assert_str_eq(take("k"), "c,");
	ck_assert_str_eq(take("l"), ",");
}
END_TEST

START_TEST(bare_key_means_on)
{
	bool value = false;

	parse("loopback:blk,readonly");
	ck_assert_int_eq(virtio_address_take_bool(a, "readonly", &value), 1);
	ck_assert(value);
}
END_TEST

START_TEST(empty_target_and_empty_value_are_taken)
{
	parse("x:,k=");
	ck_assert_str_eq(virtio_address_target(a), "");
	ck_assert_str_eq(take("k"), "");
}
END_TEST

START_TEST(address_without_backend_is_refused)
{
	refuse("disk.img", "does not begin with a backend");
	refuse(":disk.img", "does not begin with a backend");
	refuse("", "empty");
	refuse(NULL, "NULL");
}
END_TEST

START_TEST(bad_key_is_refused)
{
	refuse("x:y,", "no option");
	refuse("x:y,=1", "no option");
	refuse("x:y,Key=1", "no option");
	refuse("x:y,a b", "no option");
}
END_TEST

START_TEST(option_given_twice_is_refused)
{
	refuse("x:y,k=1,k=2", "given twice");
}
END_TEST

START_TEST(sixty_four_options_are_taken_and_no_more)
{
	char text[1024] = "x:y";

	for (int i = 0; i < 64; i++)
		sprintf(text + strlen(text), ",k%d", i);
	parse(text);
	drop();
	strcat(text, ",l");
	refuse(text, "64 options");
}
END_TEST

START_TEST(address_of_absurd_length_is_refused)
{
	static char text[10000];

	memset(text, ':', sizeof(text) - 1);
	refuse(text, "9999 bytes");
}
END_TEST

START_TEST(absent_option_leaves_the_value)
{
	uint64_t value = 7;

	parse("x:y");
	ck_assert_int_eq(virtio_address_take_uint(a, "k", 0, 9, &value), 0);
	ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(numbers_are_decimal_or_hexadecimal)
{
	static const struct {
		const char *text;
		uint64_t value;
	} rows[] = {
		{ "x:y,k=0", 0 }, { "x:y,k=010", 10 }, { "x:y,k=0x1F", 31 },
		{ "x:y,k=18446744073709551615", UINT64_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 1;

		parse(rows[i].text);
		ck_assert_int_eq(virtio_address_take_uint(a, "k", 0, UINT64_MAX, &value), 1);
		ck_assert_uint_eq(value, rows[i].value);
		drop();
	}
}
END_TEST

START_TEST(bad_numbers_are_refused)
{
	static const char *const rows[] = {
		"x:y,k=", "x:y,k", "x:y,k=-1", "x:y,k=+1", "x:y,k= 1", "x:y,k=1 ", "x:y,k=0x",
		"x:y,k=1K", "x:y,k=18446744073709551616", "x:y,k=0x10000000000000000",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 7;

		parse(rows[i]);
		ck_assert_msg(virtio_address_take_uint(a, "k", 0, UINT64_MAX, &value) == -EINVAL,
			      "%s", rows[i]);
		ck_assert_uint_eq(value, 7);
		drop();
	}
}
END_TEST

START_TEST(number_out_of_range_names_option_value_and_range)
{
	uint64_t value;

	parse("x:y,timeout=0");
	ck_assert_int_eq(virtio_address_take_uint(a, "timeout", 1, 3600000, &value), -EINVAL);
	assert_error_says("timeout=0");
	assert_error_says("from 1 to 3600000");
}
END_TEST

START_TEST(sizes_have_binary_units)
{
	static const struct {
		const char *text;
		uint64_t value;
	} rows[] = {
		{ "x:y,s=512", 512 }, { "x:y,s=1K", 1024 }, { "x:y,s=64M", 64 << 20 },
		{ "x:y,s=3G", UINT64_C(3) << 30 }, { "x:y,s=2T", UINT64_C(2) << 40 },
		{ "x:y,s=256k", 256 << 10 }, { "x:y,s=0x10m", 16 << 20 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 0;

		parse(rows[i].text);
		ck_assert_int_eq(virtio_address_take_size(a, "s", 0, UINT64_MAX, &value), 1);
		ck_assert_uint_eq(value, rows[i].value);
		drop();
	}
}
END_TEST

START_TEST(bad_sizes_are_refused)
{
	static const char *const rows[] = {
		"x:y,s=", "x:y,s=K", "x:y,s=1KB", "x:y,s=1P", "x:y,s=1.5G", "x:y,s=16777216T",
		"x:y,s=99999999999999999999", "x:y,s=1*", "x:y,s=on",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value;

		parse(rows[i]);
		ck_assert_msg(virtio_address_take_size(a, "s", 0, UINT64_MAX, &value) == -EINVAL,
			      "%s", rows[i]);
		drop();
	}
}
END_TEST

START_TEST(booleans_have_eight_words)
{
	static const struct {
		const char *text;
		int result;
		bool value;
	} rows[] = {
		{ "x:y,b=on", 1, true }, { "x:y,b=off", 1, false }, { "x:y,b=yes", 1, true },
		{ "x:y,b=no", 1, false }, { "x:y,b=true", 1, true }, { "x:y,b=false", 1, false },
		{ "x:y,b=1", 1, true }, { "x:y,b=0", 1, false },
		{ "x:y,b=ON", -EINVAL, false }, { "x:y,b=2", -EINVAL, false },
		{ "x:y,b=", -EINVAL, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool value = !rows[i].value;

		parse(rows[i].text);
		ck_assert_int_eq(virtio_address_take_bool(a, "b", &value), rows[i].result);
		if (rows[i].result == 1)
			ck_assert(value == rows[i].value);
		drop();
	}
}
END_TEST

START_TEST(feature_lists_join_names_and_hexadecimal)
{
	uint64_t value = 0;

	parse("x:y,features=VIRTIO_BLK_F_MQ+BLK_F_RO+0x3");
	ck_assert_int_eq(virtio_address_take_features(a, "features", &value), 1);
	ck_assert_uint_eq(value, 1u << 12 | 1u << 5 | 3u);
}
END_TEST

START_TEST(bad_feature_lists_are_refused)
{
	static const char *const rows[] = {
		"x:y,f=", "x:y,f=BLK_F_MQ+", "x:y,f=+BLK_F_MQ", "x:y,f=BLK_F_NOTHING", "x:y,f=12",
		"x:y,f=0x", "x:y,f=0x1g", "x:y,f=0x10000000000000000", "x:y,f=NET_F_IPSEC",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 7;

		parse(rows[i]);
		ck_assert_msg(virtio_address_take_features(a, "f", &value) == -EINVAL, "%s",
			      rows[i]);
		ck_assert_uint_eq(value, 7);
		drop();
	}
}
END_TEST

START_TEST(finish_accepts_what_was_taken)
{
	parse("x:y,k=1");
	take("k");
	ck_assert_int_eq(virtio_address_finish(a), 0);
}
END_TEST

START_TEST(finish_names_the_stranger_and_the_known)
{
	bool value;

	parse("loopback:y,sise=1");
	ck_assert_int_eq(virtio_address_take_bool(a, "size", &value), 0);
	ck_assert_int_eq(virtio_address_take_bool(a, "queue-size", &value), 0);
	ck_assert_int_eq(virtio_address_take_bool(a, "size", &value), 0);
	ck_assert_int_eq(virtio_address_finish(a), -EINVAL);
	ck_assert_str_eq(virtio_last_error(), "the backend \"loopback\" has no option \"sise\", "
					      "it has size, queue-size");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("address");

	tcase_add_checked_fixture(tc, NULL, drop);
	tcase_add_test(tc, backend_and_target_are_split_at_the_first_colon);
	tcase_add_test(tc, options_follow_single_commas);
	tcase_add_test(tc, doubled_comma_is_a_literal_one);
	tcase_add_test(tc, bare_key_means_on);
	tcase_add_test(tc, empty_target_and_empty_value_are_taken);
	tcase_add_test(tc, address_without_backend_is_refused);
	tcase_add_test(tc, bad_key_is_refused);
	tcase_add_test(tc, option_given_twice_is_refused);
	tcase_add_test(tc, sixty_four_options_are_taken_and_no_more);
	tcase_add_test(tc, address_of_absurd_length_is_refused);
	tcase_add_test(tc, absent_option_leaves_the_value);
	tcase_add_test(tc, numbers_are_decimal_or_hexadecimal);
	tcase_add_test(tc, bad_numbers_are_refused);
	tcase_add_test(tc, number_out_of_range_names_option_value_and_range);
	tcase_add_test(tc, sizes_have_binary_units);
	tcase_add_test(tc, bad_sizes_are_refused);
	tcase_add_test(tc, booleans_have_eight_words);
	tcase_add_test(tc, feature_lists_join_names_and_hexadecimal);
	tcase_add_test(tc, bad_feature_lists_are_refused);
	tcase_add_test(tc, finish_accepts_what_was_taken);
	tcase_add_test(tc, finish_names_the_stranger_and_the_known);
	return unit_run("address", tc);
}
