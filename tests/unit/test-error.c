/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sentence of the last failure and the scope of a public call, by
 * lib/call.h and what plugins call.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>

#include <virtio-poll/backend.h>

#include "../../lib/call.h"
#include "../../lib/text.h"
#include "unit.h"

static int inner_call(int err, const char *text)
{
	CALL("inner", 1000);

	return virtio_set_error(err, "%s", text);
}

static int outer_call(int err, const char *text)
{
	CALL("outer", 1000);

	return inner_call(err, text);
}

START_TEST(set_error_returns_minus_err)
{
	ck_assert_int_eq(virtio_set_error(EIO, "x"), -EIO);
}
END_TEST

START_TEST(sentence_begins_with_the_call)
{
	inner_call(EIO, "it broke");
	ck_assert_str_eq(virtio_last_error(), "inner: it broke");
}
END_TEST

START_TEST(outermost_call_names_the_sentence)
{
	outer_call(EIO, "it broke");
	ck_assert_str_eq(virtio_last_error(), "outer: it broke");
}
END_TEST

START_TEST(outside_of_a_call_there_is_no_name)
{
	inner_call(EIO, "first");
	virtio_set_error(EIO, "second");
	ck_assert_str_eq(virtio_last_error(), "second");
}
END_TEST

START_TEST(sentence_has_at_most_511_bytes)
{
	char text[2000];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	inner_call(EIO, text);
	ck_assert_uint_eq(strlen(virtio_last_error()), 511);
}
END_TEST

/* "inner: " leaves 504 bytes: whole characters of len bytes from 0 to 3 fillers on. */
static void check_cut(const char *character, size_t len, size_t fillers)
{
	char text[2000] = "";
	size_t got;

	memset(text, 'a', fillers);
	text[fillers] = '\0';
	while (strlen(text) + len < sizeof(text))
		strcat(text, character);
	inner_call(EIO, text);
	got = strlen(virtio_last_error()) - strlen("inner: ") - fillers;
	ck_assert_uint_eq(got % len, 0);
	ck_assert_uint_gt(got + len, 504 - fillers);
}

START_TEST(sentence_is_cut_between_characters)
{
	for (size_t fillers = 0; fillers < 4; fillers++) {
		check_cut("\xc3\xa4", 2, fillers);
		check_cut("\xe2\x82\xac", 3, fillers);
		check_cut("\xf0\x9f\x98\x80", 4, fillers);
	}
}
END_TEST

START_TEST(control_characters_become_spaces)
{
	virtio_set_error(EIO, "a\nb\tc\x1b[0m\x7f.");
	ck_assert_str_eq(virtio_last_error(), "a b c [0m .");
}
END_TEST

START_TEST(sentence_may_quote_the_one_before)
{
	virtio_set_error(EIO, "cause");
	virtio_set_error(EIO, "cannot go on: %s", virtio_last_error());
	ck_assert_str_eq(virtio_last_error(), "cannot go on: cause");
}
END_TEST

START_TEST(set_error_keeps_errno)
{
	errno = ENXIO;
	virtio_set_error(EIO, "%d", 1);
	ck_assert_int_eq(errno, ENXIO);
}
END_TEST

static void *fail_in_thread(void *first)
{
	const char *before = virtio_last_error();

	*(int *)first = *before == '\0';
	virtio_set_error(EIO, "the other's");
	return NULL;
}

START_TEST(each_thread_has_its_own_sentence)
{
	pthread_t thread;
	int was_empty = 0;

	virtio_set_error(EIO, "mine");
	ck_assert_int_eq(pthread_create(&thread, NULL, fail_in_thread, &was_empty), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(was_empty, 1);
	ck_assert_str_eq(virtio_last_error(), "mine");
}
END_TEST

START_TEST(lazy_error_is_formatted_when_asked_for)
{
	int err = call_set_lazy_error("data_call", ENOMEM, "%" PRIu64 " of 0x%" PRIx64, 3, 255, 0);

	ck_assert_int_eq(err, -ENOMEM);
	ck_assert_str_eq(virtio_last_error(), "data_call: 3 of 0xff");
	ck_assert_str_eq(virtio_last_error(), "data_call: 3 of 0xff");
}
END_TEST

START_TEST(later_error_replaces_a_lazy_one)
{
	call_set_lazy_error("data_call", ENOMEM, "full", 0, 0, 0);
	virtio_set_error(EIO, "later");
	ck_assert_str_eq(virtio_last_error(), "later");
}
END_TEST

START_TEST(lazy_error_inside_a_call_has_its_name)
{
	CALL("outer", 1000);

	call_set_lazy_error("data_call", ENOMEM, "full", 0, 0, 0);
	ck_assert_str_eq(virtio_last_error(), "outer: full");
}
END_TEST

static int inner_time_left(void)
{
	CALL("inner", 100000);

	return virtio_time_left();
}

START_TEST(time_left_counts_down_from_the_outer_deadline)
{
	CALL("outer", 200);

	ck_assert_int_le(inner_time_left(), 200);
	ck_assert_int_gt(inner_time_left(), 0);
}
END_TEST

START_TEST(time_left_of_a_call_that_is_late_is_zero)
{
	CALL("outer", 0);

	ck_assert_int_eq(virtio_time_left(), 0);
}
END_TEST

START_TEST(time_left_outside_of_a_call_is_the_default)
{
	ck_assert_int_eq(virtio_time_left(), DEFAULT_TIMEOUT_MS);
}
END_TEST

START_TEST(call_without_failure_has_no_error)
{
	virtio_set_error(EIO, "from before");
	CALL("outer", 1000);
	ck_assert(!call_has_error());
	inner_call(EIO, "now");
	ck_assert(call_has_error());
}
END_TEST

START_TEST(callback_reports_under_its_own_name)
{
	CALL("outer", 1000);
	struct call_pause pause = call_pause();

	inner_call(EIO, "in the callback");
	ck_assert_str_eq(virtio_last_error(), "inner: in the callback");
	call_resume(&pause);
	ck_assert(!call_has_error());
	virtio_set_error(EIO, "after it");
	ck_assert_str_eq(virtio_last_error(), "outer: after it");
}
END_TEST

START_TEST(utf8_len_knows_valid_characters_only)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "a", 1 }, { "\xc3\xa4", 2 }, { "\xe2\x82\xac", 3 }, { "\xf0\x9f\x98\x80", 4 },
		{ "\x80", 0 }, { "\xc3", 0 }, { "\xc0\x80", 0 }, { "\xe0\x80\x80", 0 },
		{ "\xed\xa0\x80", 0 }, { "\xf4\x90\x80\x80", 0 }, { "\xff", 0 },
		{ "\xf0\x9f\x98", 0 }, { "\xc3(", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(text_utf8_len(rows[i].bytes) == rows[i].len, "row %zu", i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("error");

	tcase_add_test(tc, set_error_returns_minus_err);
	tcase_add_test(tc, sentence_begins_with_the_call);
	tcase_add_test(tc, outermost_call_names_the_sentence);
	tcase_add_test(tc, outside_of_a_call_there_is_no_name);
	tcase_add_test(tc, sentence_has_at_most_511_bytes);
	tcase_add_test(tc, sentence_is_cut_between_characters);
	tcase_add_test(tc, control_characters_become_spaces);
	tcase_add_test(tc, sentence_may_quote_the_one_before);
	tcase_add_test(tc, set_error_keeps_errno);
	tcase_add_test(tc, each_thread_has_its_own_sentence);
	tcase_add_test(tc, lazy_error_is_formatted_when_asked_for);
	tcase_add_test(tc, later_error_replaces_a_lazy_one);
	tcase_add_test(tc, lazy_error_inside_a_call_has_its_name);
	tcase_add_test(tc, time_left_counts_down_from_the_outer_deadline);
	tcase_add_test(tc, time_left_of_a_call_that_is_late_is_zero);
	tcase_add_test(tc, time_left_outside_of_a_call_is_the_default);
	tcase_add_test(tc, call_without_failure_has_no_error);
	tcase_add_test(tc, callback_reports_under_its_own_name);
	tcase_add_test(tc, utf8_len_knows_valid_characters_only);
	return unit_run("error", tc);
}
