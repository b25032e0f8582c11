/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that ended when their memory was there, and are made visible when
 * it is not any more, or perhaps not: another thread is unregistering it.
 */
#include "config.h"

#include "ring-rig.h"

static struct ring_rig rig;

static void down(void)
{
	rig_down(&rig);
}

/* As when another thread unregisters what a request has just found. */
static void forget(unsigned first, unsigned n)
{
	must(!mem_map_remove(&rig.map, RIG_MEM + first * 64, n * 64));
}

START_TEST(ended_request_whose_memory_went_is_not_sent)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_submit(&rig, 1, 1, 0), 0);
	ck_assert_int_eq(rig_submit(&rig, 2, 1, 2), 0);
	ck_assert_int_eq(rig_submit(&rig, 3, 0, 1), 0);
	forget(1, 2);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 2);
	ck_assert_uint_eq(rig_failed(&rig), 2);
	ck_assert_uint_eq(rig_failed(&rig), 0);
	ck_assert_uint_eq(model_serve(&rig.dev), 2);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 1);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 3);
	ck_assert_uint_eq(ring_free_descs(&rig.ring), 8);
	ck_assert_uint_eq(ring_in_flight(&rig.ring), 0);
}
END_TEST

START_TEST(open_request_stays_whole_when_the_one_before_is_taken_back)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_submit(&rig, 1, 0, 1), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_serve(&rig.dev), 1);
	ck_assert_int_eq(rig_submit(&rig, 2, 1, 1), 0);
	ck_assert_int_eq(rig_start(&rig, 3, 5), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM + 4096, 64, false), 0);
	forget(1, 1);
	/* A poll makes ended ones visible; here it finds that it may not. */
	ck_assert_uint_eq(rig_poll(&rig, NULL), 1);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(rig_add_one(&rig, RIG_MEM + 4096, 64, true), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(rig_failed(&rig), 2);
	ck_assert_uint_eq(model_take(&rig.dev), 1);
	ck_assert_uint_eq(rig.dev.requests[rig.dev.heads[0]].segments, 5);
	ck_assert_uint_eq(model_serve(&rig.dev), 1);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 3);
	ck_assert_uint_eq(ring_free_descs(&rig.ring), 8);
}
END_TEST

START_TEST(ended_request_whose_memory_may_come_back_waits)
{
	static const struct mem_entry back = {
		.start = RIG_MEM, .len = 64, .delta = RIG_DELTA, .origin = RIG_MEM,
	};

	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_submit(&rig, 1, 1, 1), 0);
	mem_map_set_hiding(&rig.map, true);
	forget(0, 1);
	for (int i = 0; i < 3; i++) {
		ck_assert(!rig_publish(&rig));
		ck_assert(rig.ring.deferred);
		ck_assert_uint_eq(model_take(&rig.dev), 0);
	}
	ck_assert_int_eq(mem_map_insert(&rig.map, &back), 0);
	mem_map_set_hiding(&rig.map, false);
	ck_assert(rig_publish(&rig));
	ck_assert_uint_eq(model_take(&rig.dev), 1);
	ck_assert_uint_eq(rig_failed(&rig), 0);
}
END_TEST

START_TEST(memory_that_comes_takes_nothing_back)
{
	static const struct mem_entry more = {
		.start = RIG_MEM * 4, .len = 4096, .delta = RIG_DELTA, .origin = RIG_MEM * 4,
	};

	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_submit(&rig, 1, 1, 1), 0);
	ck_assert_int_eq(mem_map_insert(&rig.map, &more), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 1);
	ck_assert_uint_eq(rig_failed(&rig), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ring-recheck");

	tcase_add_checked_fixture(tc, NULL, down);
	tcase_add_loop_test(tc, ended_request_whose_memory_went_is_not_sent, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, open_request_stays_whole_when_the_one_before_is_taken_back, 0,
			    RIG_SHAPES);
	tcase_add_loop_test(tc, ended_request_whose_memory_may_come_back_waits, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, memory_that_comes_takes_nothing_back, 0, RIG_SHAPES);
	return unit_run("ring-recheck", tc);
}
