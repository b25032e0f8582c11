/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The JSON writer: what its text sink writes, which tokens it refuses, and
 * that it drives any sink.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include <virtio-poll/error.h>
#include <virtio-poll/json.h>

#include "unit.h"

struct buffer {
	char text[8192];
	size_t len;
	int fail_at;		/* the write that fails, from 1; 0: none */
	int writes;
};

static int append(void *ctx, const char *data, size_t len)
{
	struct buffer *buf = ctx;

	if (++buf->writes == buf->fail_at)
		return -EPIPE;
	ck_assert_uint_lt(buf->len + len, sizeof(buf->text));
	memcpy(buf->text + buf->len, data, len);
	buf->len += len;
	buf->text[buf->len] = '\0';
	return 0;
}

static struct buffer out;
static struct virtio_json_text text_ctx;
static struct virtio_json_writer *w;

static void open_writer(void)
{
	memset(&out, 0, sizeof(out));
	text_ctx = (struct virtio_json_text){ .write = append, .ctx = &out };
	w = virtio_json_writer_new(virtio_json_text_sink(), &text_ctx);
	ck_assert_ptr_nonnull(w);
}

static int end_writer(void)
{
	struct virtio_json_writer *ended = w;

	w = NULL;
	return virtio_json_writer_end(ended);
}

static void drop_writer(void)
{
	virtio_json_writer_end(w);
	w = NULL;
}

/* {"a":1,"b":[true,null],"c":{}} */
static void write_sample(void)
{
	virtio_json_object_begin(w);
	virtio_json_name(w, "a");
	virtio_json_uint64(w, 1);
	virtio_json_name(w, "b");
	virtio_json_array_begin(w);
	virtio_json_bool(w, true);
	virtio_json_null(w);
	virtio_json_array_end(w);
	virtio_json_name(w, "c");
	virtio_json_object_begin(w);
	virtio_json_object_end(w);
	virtio_json_object_end(w);
}

START_TEST(tokens_become_one_line)
{
	write_sample();
	ck_assert_int_eq(end_writer(), 0);
	ck_assert_str_eq(out.text, "{\"a\":1,\"b\":[true,null],\"c\":{}}");
}
END_TEST

START_TEST(indent_puts_each_element_on_a_line)
{
	text_ctx.indent = 2;
	write_sample();
	ck_assert_int_eq(end_writer(), 0);
	ck_assert_str_eq(out.text, "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ],\n"
				   "  \"c\": {}\n}");
}
END_TEST

START_TEST(largest_number_is_written_in_full)
{
	virtio_json_uint64(w, UINT64_MAX);
	ck_assert_int_eq(end_writer(), 0);
	ck_assert_str_eq(out.text, "18446744073709551615");
}
END_TEST

START_TEST(strings_are_escaped)
{
	virtio_json_string(w, "\"\\/\b\f\n\r\t\x01\x7f");
	ck_assert_int_eq(end_writer(), 0);
	ck_assert_str_eq(out.text, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7f\"");
}
END_TEST

START_TEST(names_are_escaped)
{
	virtio_json_object_begin(w);
	virtio_json_name(w, "a\"b");
	virtio_json_null(w);
	virtio_json_object_end(w);
	ck_assert_int_eq(end_writer(), 0);
	ck_assert_str_eq(out.text, "{\"a\\\"b\":null}");
}
END_TEST

START_TEST(utf8_passes_and_other_bytes_are_replaced)
{
	virtio_json_string(w, "\xc3\xa4\xff\xe2\x82\xac\xed\xa0\x80.");
	ck_assert_int_eq(end_writer(), 0);
	ck_assert_str_eq(out.text, "\"\xc3\xa4\xef\xbf\xbd\xe2\x82\xac"
				   "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd.\"");
}
END_TEST

START_TEST(null_string_is_null)
{
	virtio_json_string(w, NULL);
	ck_assert_int_eq(end_writer(), 0);
	ck_assert_str_eq(out.text, "null");
}
END_TEST

START_TEST(value_without_name_is_refused)
{
	virtio_json_object_begin(w);
	ck_assert_int_eq(virtio_json_uint64(w, 1), -EINVAL);
	assert_error_says("virtio_json_uint64: ");
	ck_assert_int_eq(end_writer(), -EINVAL);
}
END_TEST

START_TEST(name_outside_of_an_object_is_refused)
{
	virtio_json_array_begin(w);
	ck_assert_int_eq(virtio_json_name(w, "a"), -EINVAL);
}
END_TEST

START_TEST(name_after_name_is_refused)
{
	virtio_json_object_begin(w);
	virtio_json_name(w, "a");
	ck_assert_int_eq(virtio_json_name(w, "b"), -EINVAL);
}
END_TEST

START_TEST(name_without_value_is_refused)
{
	virtio_json_object_begin(w);
	virtio_json_name(w, "a");
	ck_assert_int_eq(virtio_json_object_end(w), -EINVAL);
}
END_TEST

START_TEST(wrong_bracket_is_refused)
{
	virtio_json_array_begin(w);
	ck_assert_int_eq(virtio_json_object_end(w), -EINVAL);
}
END_TEST

START_TEST(second_value_at_the_top_is_refused)
{
	virtio_json_null(w);
	ck_assert_int_eq(virtio_json_null(w), -EINVAL);
}
END_TEST

START_TEST(open_object_at_the_end_is_an_error)
{
	virtio_json_object_begin(w);
	ck_assert_int_eq(end_writer(), -EINVAL);
	assert_error_says("still open");
}
END_TEST

START_TEST(sixty_four_levels_are_taken_and_no_more)
{
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(virtio_json_array_begin(w), 0);
	ck_assert_int_eq(virtio_json_array_begin(w), -EOVERFLOW);
	ck_assert_int_eq(end_writer(), -EOVERFLOW);
}
END_TEST

START_TEST(first_error_sticks_and_later_tokens_are_dropped)
{
	int writes;

	out.fail_at = 3;
	write_sample();
	writes = out.writes;
	ck_assert_int_eq(virtio_json_null(w), -EPIPE);
	ck_assert_int_eq(out.writes, writes);
	ck_assert_int_eq(writes, 3);
	ck_assert_int_eq(end_writer(), -EPIPE);
	assert_error_says("virtio_json_writer_end: ");
}
END_TEST

START_TEST(null_writer_is_harmless)
{
	ck_assert_int_eq(virtio_json_object_begin(NULL), -EINVAL);
	ck_assert_int_eq(virtio_json_name(NULL, "a"), -EINVAL);
	ck_assert_int_eq(virtio_json_string(NULL, "a"), -EINVAL);
	ck_assert_int_eq(virtio_json_object_end(NULL), -EINVAL);
	ck_assert_int_eq(virtio_json_writer_end(NULL), 0);
}
END_TEST

static int count_token(void *ctx, uint64_t value)
{
	*(uint64_t *)ctx += value;
	return 0;
}

START_TEST(sink_may_lack_members)
{
	const struct virtio_json_sink sink = { .size = sizeof(sink), .uint64 = count_token };
	uint64_t sum = 0;

	drop_writer();
	w = virtio_json_writer_new(&sink, &sum);
	write_sample();
	ck_assert_int_eq(end_writer(), 0);
	ck_assert_uint_eq(sum, 1);
}
END_TEST

START_TEST(sink_that_is_too_short_is_refused)
{
	const struct virtio_json_sink sink = { .size = 8 };

	ck_assert_ptr_null(virtio_json_writer_new(&sink, NULL));
	assert_error_says("sizeof(struct virtio_json_sink)");
	ck_assert_ptr_null(virtio_json_writer_new(NULL, NULL));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("json");

	tcase_add_checked_fixture(tc, open_writer, drop_writer);
	tcase_add_test(tc, tokens_become_one_line);
	tcase_add_test(tc, indent_puts_each_element_on_a_line);
	tcase_add_test(tc, largest_number_is_written_in_full);
	tcase_add_test(tc, strings_are_escaped);
	tcase_add_test(tc, names_are_escaped);
	tcase_add_test(tc, utf8_passes_and_other_bytes_are_replaced);
	tcase_add_test(tc, null_string_is_null);
	tcase_add_test(tc, value_without_name_is_refused);
	tcase_add_test(tc, name_outside_of_an_object_is_refused);
	tcase_add_test(tc, name_after_name_is_refused);
	tcase_add_test(tc, name_without_value_is_refused);
	tcase_add_test(tc, wrong_bracket_is_refused);
	tcase_add_test(tc, second_value_at_the_top_is_refused);
	tcase_add_test(tc, open_object_at_the_end_is_an_error);
	tcase_add_test(tc, sixty_four_levels_are_taken_and_no_more);
	tcase_add_test(tc, first_error_sticks_and_later_tokens_are_dropped);
	tcase_add_test(tc, null_writer_is_harmless);
	tcase_add_test(tc, sink_may_lack_members);
	tcase_add_test(tc, sink_that_is_too_short_is_refused);
	return unit_run("json", tc);
}
