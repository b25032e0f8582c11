/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an honest device hands back: cookies, lengths, in any order, over any
 * number of laps; and what the stop leaves.
 */
#include "config.h"

#include "ring-rig.h"

static struct ring_rig rig;

static void down(void)
{
	rig_down(&rig);
	memset(&rig, 0, sizeof(rig));
}

START_TEST(completions_come_in_the_order_of_the_used_ring)
{
	rig_up(&rig, 8, _i);
	rig_post(&rig, 1, 5);
	ck_assert_uint_eq(model_serve_backwards(&rig.dev), 5);
	for (uintptr_t i = 5; i; i--)
		ck_assert_uint_eq(rig_poll(&rig, NULL), i);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 0);
}
END_TEST

START_TEST(poll_takes_no_more_than_asked_for)
{
	void *cookies[8] = { NULL };

	rig_up(&rig, 8, _i);
	rig_post(&rig, 1, 8);
	model_serve(&rig.dev);
	ck_assert_uint_eq(rig.ring.ops->poll(&rig.ring, cookies, NULL, 0), 0);
	ck_assert_uint_eq(rig.ring.ops->poll(&rig.ring, cookies, NULL, 3), 3);
	ck_assert_ptr_null(cookies[3]);
	ck_assert_uint_eq(rig.ring.ops->poll(&rig.ring, cookies, NULL, UINT16_MAX), 5);
	ck_assert_uint_eq((uintptr_t)cookies[4], 8);
}
END_TEST

START_TEST(length_is_what_the_device_wrote_and_no_more)	/* SPLIT-USED-1, -2 */
{
	uint32_t len;

	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_submit(&rig, 1, 1, 2), 0);
	rig_publish(&rig);
	model_take(&rig.dev);
	model_use(&rig.dev, rig.dev.heads[0], 17);
	ck_assert_uint_eq(rig_poll(&rig, &len), 1);
	ck_assert_uint_eq(len, 17);
	ck_assert_uint_eq(rig.ring.len_clamped, 0);
}
END_TEST

START_TEST(descriptors_are_free_again_after_completion)
{
	rig_up(&rig, 8, _i);
	for (unsigned round = 0; round < 100; round++) {
		must(rig_submit(&rig, 1, 2, 3) == 0);
		must(rig_submit(&rig, 2, 0, 3) == 0);
		rig_publish(&rig);
		model_serve_backwards(&rig.dev);
		must(rig_poll(&rig, NULL) == 2);
		must(rig_poll(&rig, NULL) == 1);
		must(rig.ring.free_count == 8);
	}
}
END_TEST

/* Every size over the wrap of the 16-bit index; one of them three times. */
START_TEST(indices_wrap_and_nothing_is_lost)	/* SPLIT-AVAIL-2 */
{
	unsigned size = 1u << (_i / RIG_SHAPES), batch = size < 64 ? size : 64;
	uintptr_t last = size == 16 ? 200000 : 70000;

	rig_up(&rig, size, _i % RIG_SHAPES);
	for (uintptr_t done = 0; done < last;) {
		rig_post(&rig, done + 1, batch);
		must(model_serve(&rig.dev) == batch);
		for (unsigned i = 0; i < batch; i++)
			must(rig_poll(&rig, NULL) == ++done);
	}
	must(rig.ring.free_count == size);
	must(rig.ring.error == 0);
}
END_TEST

START_TEST(queue_of_one_descriptor_works)	/* HARD-QSZ-5 */
{
	rig_up(&rig, 1, _i);
	for (int round = 0; round < 70000; round++) {
		rig_post(&rig, 1, 1);
		must(rig_submit(&rig, 2, 1, 0) < 0);
		must(model_serve(&rig.dev) == 1);
		must(rig_poll(&rig, NULL) == 1);
	}
}
END_TEST

START_TEST(largest_queue_can_be_filled_and_emptied)
{
	rig_up(&rig, 32768, _i);
	for (int round = 0; round < 3; round++) {
		rig_post(&rig, 1, 32768);
		must(ring_in_flight(&rig.ring) == 32768);
		model_take(&rig.dev);
		for (unsigned i = 0; i < 32768; i++)
			model_put(&rig.dev, rig.dev.heads[i], 0);
		for (unsigned i = 0; i < 32768; i++)
			rig.dev.requests[i].owned = false;
		rig.dev.nheads = 0;
		for (uintptr_t i = 1; i <= 32768; i++)
			must(rig_poll(&rig, NULL) == i);
	}
}
END_TEST

START_TEST(stop_hands_back_what_was_completed_and_fails_the_rest)
{
	void *cookies[8];
	uint32_t lens[8];

	rig_up(&rig, 8, _i);
	rig_post(&rig, 1, 4);
	ck_assert_int_eq(rig_submit(&rig, 5, 0, 1), 0);	/* ended, not published */
	model_take(&rig.dev);
	model_use(&rig.dev, rig.dev.heads[2], 5);
	model_use(&rig.dev, rig.dev.heads[0], 64);
	rig.ring.ops->harvest(&rig.ring);
	ck_assert_uint_eq(ring_in_flight(&rig.ring), 5);
	ck_assert_uint_eq(ring_take_done(&rig.ring, cookies, lens, 8), 2);
	ck_assert_uint_eq((uintptr_t)cookies[0], 3);
	ck_assert_uint_eq(lens[0], 5);
	ck_assert_uint_eq((uintptr_t)cookies[1], 1);
	ring_set_dead(&rig.ring);
	ck_assert_uint_eq(ring_take_failed(&rig.ring, cookies, 8), 3);
	ck_assert_uint_eq((uintptr_t)cookies[0] ^ (uintptr_t)cookies[1] ^ (uintptr_t)cookies[2],
			  2 ^ 4 ^ 5);
	ck_assert_uint_eq(ring_take_failed(&rig.ring, cookies, 8), 0);
	ck_assert_uint_eq(ring_take_done(&rig.ring, cookies, lens, 8), 0);
	ck_assert_uint_eq(ring_in_flight(&rig.ring), 0);
}
END_TEST

START_TEST(failed_cookies_may_be_taken_one_by_one)
{
	uintptr_t seen = 0;

	rig_up(&rig, 16, _i);
	rig_post(&rig, 1, 16);
	ring_set_dead(&rig.ring);
	for (int i = 0; i < 16; i++)
		seen |= 1u << rig_failed(&rig);
	ck_assert_uint_eq(seen, 0x1fffe);
	ck_assert_uint_eq(rig_failed(&rig), 0);
	ck_assert_uint_eq(rig.ring.free_count, 16);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ring-used");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, down);
	tcase_add_loop_test(tc, completions_come_in_the_order_of_the_used_ring, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, poll_takes_no_more_than_asked_for, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, length_is_what_the_device_wrote_and_no_more, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, descriptors_are_free_again_after_completion, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, indices_wrap_and_nothing_is_lost, 0, 16 * RIG_SHAPES);
	tcase_add_loop_test(tc, queue_of_one_descriptor_works, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, largest_queue_can_be_filled_and_emptied, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, stop_hands_back_what_was_completed_and_fails_the_rest, 0,
			    RIG_SHAPES);
	tcase_add_loop_test(tc, failed_cookies_may_be_taken_one_by_one, 0, RIG_SHAPES);
	return unit_run("ring-used", tc);
}
