/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who is told of what: kicks that the device asked for, notifications that a
 * polling driver does not want, and the wish for one when it goes to sleep.
 */
#include "config.h"

#include <endian.h>

#include "ring-rig.h"

static struct ring_rig rig;

static void down(void)
{
	rig_down(&rig);
	memset(&rig, 0, sizeof(rig));
}

/* Publishes one request: is a kick due? */
static bool kick_due(void)
{
	ck_assert_int_eq(rig_submit(&rig, 1, 0, 1), 0);
	return rig_publish(&rig);
}

START_TEST(polling_driver_wants_no_notifications)	/* SPLIT-USEDEV-1, -2, -3 */
{
	rig_up(&rig, 8, _i);
	ck_assert_uint_eq(model_avail_flags(&rig.dev), _i & MODEL_EVENT_IDX ? 0 : 1);
	rig_post(&rig, 1, 8);
	model_serve(&rig.dev);
	ck_assert_uint_eq(rig.dev.interrupts, 0);
}
END_TEST

START_TEST(polling_driver_is_not_notified_however_long_it_runs)	/* SPLIT-USEDEV-4 */
{
	unsigned size = 1u << (_i / RIG_SHAPES);

	rig_up(&rig, size, _i % RIG_SHAPES);
	for (unsigned done = 0; done < 200000; done += size) {
		rig_post(&rig, 1, size);
		model_serve(&rig.dev);
		for (unsigned i = 0; i < size; i++)
			must(rig_poll(&rig, NULL));
	}
	ck_assert_uint_eq(rig.dev.interrupts, 0);
}
END_TEST

START_TEST(flags_without_event_idx_say_if_a_kick_is_due)	/* SPLIT-KICK-3, -4 */
{
	rig_up(&rig, 8, _i & MODEL_INDIRECT);
	ck_assert(kick_due());
	model_set_used_flags(&rig.dev, 1);
	ck_assert(!kick_due());
	model_set_used_flags(&rig.dev, 0);
	ck_assert(kick_due());
}
END_TEST

START_TEST(only_bit_0_of_the_flags_counts)	/* HARD-KICK-1 */
{
	rig_up(&rig, 8, 0);
	model_set_used_flags(&rig.dev, 0xfffe);
	ck_assert(kick_due());
	model_set_used_flags(&rig.dev, 0xffff);
	ck_assert(!kick_due());
}
END_TEST

START_TEST(avail_event_without_event_idx_is_ignored)	/* SPLIT-KICK-2 */
{
	rig_up(&rig, 8, 0);
	model_set_avail_event(&rig.dev, 30000);
	ck_assert(kick_due());
	model_set_used_flags(&rig.dev, 1);
	model_set_avail_event(&rig.dev, 1);
	ck_assert(!kick_due());
}
END_TEST

START_TEST(flags_with_event_idx_are_ignored)	/* SPLIT-KICK-5 */
{
	rig_up(&rig, 8, MODEL_EVENT_IDX);
	model_set_used_flags(&rig.dev, 1);
	ck_assert(kick_due());
}
END_TEST

/* The ring as it is after `old` requests, all of them back, kicked at `old`. */
static void set_index(uint16_t old)
{
	rig.ring.avail_idx = rig.ring.published = rig.ring.kicked = rig.ring.last_used = old;
	rig.dev.seen = rig.dev.used_idx = old;
	rig.dev.used->idx = htole16(old);
}

/* All batches of up to 9 and all events near them, across 65535 to 0 too. */
START_TEST(kick_is_due_when_the_event_is_in_the_batch)	/* SPLIT-KICK-6, -7 */
{
	static const uint16_t olds[] = { 0, 1, 7, 32760, 65527, 65530, 65535 };

	rig_up(&rig, 16, MODEL_EVENT_IDX);
	for (unsigned i = 0; i < sizeof(olds) / sizeof(olds[0]); i++)
		for (unsigned n = 1; n <= 9; n++)
			for (int at = -12; at <= 12; at++) {
				bool in_batch = at >= 0 && at < (int)n;

				set_index(olds[i]);
				model_set_avail_event(&rig.dev, olds[i] + at);
				for (unsigned k = 0; k < n; k++)
					must(!rig_submit(&rig, 1, 0, 1));
				must(rig_publish(&rig) == in_batch);
				model_serve(&rig.dev);
				while (rig_poll(&rig, NULL))
					;
			}
}
END_TEST

START_TEST(event_that_is_far_away_means_no_kick)	/* HARD-KICK-2 */
{
	rig_up(&rig, 8, MODEL_EVENT_IDX);
	for (unsigned at = 8; at < 65536; at += 97) {
		set_index(0);
		model_set_avail_event(&rig.dev, at);
		must(!rig_submit(&rig, 1, 0, 1));
		must(!rig_publish(&rig));
		model_serve(&rig.dev);
		must(rig_poll(&rig, NULL));
	}
}
END_TEST

START_TEST(nothing_new_means_no_kick)	/* SPLIT-KICK-7 */
{
	rig_up(&rig, 8, _i);
	ck_assert(!rig_publish(&rig));
	ck_assert(kick_due());
	ck_assert(!rig_publish(&rig));
	ck_assert_int_eq(rig_start(&rig, 1, 1), 0);
	ck_assert(!rig_publish(&rig));
}
END_TEST

/* A poll that finds completions makes ended requests visible; the kick that
 * they may need is still decided on at the flush. */
START_TEST(kick_for_what_a_poll_published_is_not_lost)
{
	rig_up(&rig, 8, _i);
	rig_post(&rig, 1, 1);
	ck_assert_int_eq(rig_submit(&rig, 2, 0, 1), 0);
	model_serve(&rig.dev);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 1);
	model_set_avail_event(&rig.dev, 1);
	ck_assert(rig_publish(&rig));
	ck_assert_uint_eq(model_take(&rig.dev), 1);
}
END_TEST

START_TEST(arm_asks_for_the_next_completion)	/* SPLIT-USEDEV-3, -6 */
{
	rig_up(&rig, 8, _i);
	rig_post(&rig, 1, 2);
	model_take(&rig.dev);
	ck_assert(!rig.ring.ops->arm(&rig.ring));
	ck_assert_uint_eq(model_avail_flags(&rig.dev), 0);
	model_use(&rig.dev, rig.dev.heads[0], 0);
	ck_assert_uint_eq(rig.dev.interrupts, 1);
	rig.ring.ops->disarm(&rig.ring);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 1);
	model_use(&rig.dev, rig.dev.heads[0], 0);
	ck_assert_uint_eq(rig.dev.interrupts, 1);
}
END_TEST

START_TEST(arm_sees_what_was_completed_before_the_wish)	/* SPLIT-USEDEV-6 */
{
	rig_up(&rig, 8, _i);
	rig_post(&rig, 1, 1);
	model_serve(&rig.dev);
	ck_assert(rig.ring.ops->arm(&rig.ring));
	rig.ring.ops->disarm(&rig.ring);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 1);
}
END_TEST

START_TEST(arm_wants_one_notification_at_any_index)
{
	rig_up(&rig, 8, MODEL_EVENT_IDX);
	for (unsigned i = 0; i < 70000; i++) {
		rig_post(&rig, 1, 3);
		model_take(&rig.dev);
		must(!rig.ring.ops->arm(&rig.ring));
		rig.dev.interrupts = 0;
		model_serve(&rig.dev);
		must(rig.dev.interrupts == 1);
		while (rig_poll(&rig, NULL))
			;
		rig.ring.ops->disarm(&rig.ring);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ring-notify");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, down);
	tcase_add_loop_test(tc, polling_driver_wants_no_notifications, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, polling_driver_is_not_notified_however_long_it_runs, 0,
			    8 * RIG_SHAPES);
	tcase_add_loop_test(tc, flags_without_event_idx_say_if_a_kick_is_due, 0, 2);
	tcase_add_test(tc, only_bit_0_of_the_flags_counts);
	tcase_add_test(tc, avail_event_without_event_idx_is_ignored);
	tcase_add_test(tc, flags_with_event_idx_are_ignored);
	tcase_add_test(tc, kick_is_due_when_the_event_is_in_the_batch);
	tcase_add_test(tc, event_that_is_far_away_means_no_kick);
	tcase_add_loop_test(tc, nothing_new_means_no_kick, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, kick_for_what_a_poll_published_is_not_lost, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, arm_asks_for_the_next_completion, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, arm_sees_what_was_completed_before_the_wish, 0, RIG_SHAPES);
	tcase_add_test(tc, arm_wants_one_notification_at_any_index);
	return unit_run("ring-notify", tc);
}
