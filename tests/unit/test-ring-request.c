/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a request on the driver's side: started, added to, aborted,
 * poisoned, ended, published, in any order and at any state of the ring.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/error.h>

#include "ring-rig.h"

static struct ring_rig rig;

static void down(void)
{
	rig_down(&rig);
	memset(&rig, 0, sizeof(rig));
}

/* All that decides what the ring does next. */
struct snapshot {
	uint32_t free_head, free_count, avail_idx, published, last_used;
	uint32_t next[16];
	uint16_t ndescs[16];
	uint16_t avail[4 + 16];
};

static struct snapshot take_snapshot(void)
{
	struct ring *r = &rig.ring;
	struct snapshot s = {
		.free_head = r->free_head, .free_count = r->free_count, .avail_idx = r->avail_idx,
		.published = r->published, .last_used = r->last_used,
	};

	ck_assert_uint_le(r->size, 16);
	for (uint32_t i = 0; i < r->size; i++) {
		s.next[i] = r->next[i];
		s.ndescs[i] = r->slots[i].ndescs;
	}
	memcpy(s.avail, rig.dev.avail, sizeof(uint16_t) * (3 + r->size));
	return s;
}

static void assert_same(const struct snapshot *before)
{
	struct snapshot now = take_snapshot();

	ck_assert_mem_eq(before, &now, sizeof(now));
	ck_assert_uint_eq(ring_free_descs(&rig.ring), rig.ring.free_count);
}

START_TEST(nothing_is_visible_before_publish)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_submit(&rig, 1, 1, 1), 0);
	ck_assert_int_eq(rig_start(&rig, 2, 1), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 0), 0);
	ck_assert_uint_eq(model_take(&rig.dev), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 2);
}
END_TEST

START_TEST(many_requests_become_visible_at_once)	/* SPLIT-IDX-2 */
{
	rig_up(&rig, 64, _i);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(rig_submit(&rig, 1 + i, 1, 1), 0);
	ck_assert_uint_eq(model_avail_idx(&rig.dev), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_avail_idx(&rig.dev), 20);
	ck_assert_uint_eq(model_take(&rig.dev), 20);
}
END_TEST

/* Bits 2 to 4: how many segments were added; bit 5: after others in flight. */
START_TEST(abort_restores_the_queue_at_every_point)
{
	unsigned added = _i / RIG_SHAPES % 8;
	struct snapshot before;

	rig_up(&rig, 8, _i % RIG_SHAPES);
	if (_i / RIG_SHAPES / 8) {
		rig_post(&rig, 100, 1);
		model_serve(&rig.dev);
	}
	before = take_snapshot();
	ck_assert_int_eq(rig_start(&rig, 1, added), 0);
	ck_assert_int_eq(rig_add(&rig, added / 2, added - added / 2), 0);
	ring_abort(&rig.ring);
	assert_same(&before);
	rig_publish(&rig);
	assert_same(&before);
	ck_assert_uint_eq(rig_failed(&rig), 0);
}
END_TEST

START_TEST(abort_drops_a_poisoned_request)
{
	struct snapshot before;

	rig_up(&rig, 8, _i);
	before = take_snapshot();
	ck_assert_int_eq(rig_start(&rig, 1, 2), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 0), 0);
	ck_assert_int_eq(rig_add_one(&rig, 64, 64, false), -EFAULT);
	ring_abort(&rig.ring);
	assert_same(&before);
	rig_publish(&rig);
	ck_assert_uint_eq(rig_failed(&rig), 0);
	ck_assert_uint_eq(ring_in_flight(&rig.ring), 0);
}
END_TEST

START_TEST(abort_does_not_take_back_the_request_before)	/* SPLIT-AVAIL-1 */
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 1, 2), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 1), 0);
	ck_assert_int_eq(rig_start(&rig, 2, 2), 0);
	ck_assert_int_eq(rig_add(&rig, 2, 0), 0);
	ring_abort(&rig.ring);
	ring_abort(&rig.ring);
	rig_publish(&rig);
	ck_assert_uint_eq(model_serve(&rig.dev), 1);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 1);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 0);
}
END_TEST

START_TEST(abort_without_a_request_does_nothing)
{
	struct snapshot before;

	rig_up(&rig, 8, _i);
	before = take_snapshot();
	ring_abort(&rig.ring);
	assert_same(&before);
}
END_TEST

START_TEST(empty_request_is_dropped)
{
	struct snapshot before;

	rig_up(&rig, 8, _i);
	before = take_snapshot();
	ck_assert_int_eq(rig_start(&rig, 1, 4), 0);
	rig_publish(&rig);
	assert_same(&before);
	ck_assert_int_eq(rig_start(&rig, 2, 4), 0);
	ck_assert_int_eq(rig_start(&rig, 3, 4), 0);
	rig_publish(&rig);
	assert_same(&before);
	ck_assert_uint_eq(rig_failed(&rig), 0);
}
END_TEST

START_TEST(start_ends_the_request_before)
{
	rig_up(&rig, 8, _i);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(rig_start(&rig, 1 + i, 2), 0);
		ck_assert_int_eq(rig_add(&rig, 1, 1), 0);
	}
	ck_assert_uint_eq(ring_in_flight(&rig.ring), 2);
	rig_publish(&rig);
	ck_assert_uint_eq(model_serve(&rig.dev), 3);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(rig_poll(&rig, NULL), 1 + i);
}
END_TEST

START_TEST(refused_start_leaves_the_open_request_open)
{
	rig_up(&rig, 4, _i);
	ck_assert_int_eq(rig_start(&rig, 1, 3), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 0), 0);
	ck_assert_int_eq(rig_start(&rig, 2, 5), -EINVAL);
	ck_assert_uint_eq(ring_in_flight(&rig.ring), 0);
	ck_assert_int_eq(rig_add(&rig, 0, 2), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 1);
	ck_assert_uint_eq(rig.dev.requests[rig.dev.heads[0]].segments, 3);
}
END_TEST

START_TEST(start_for_which_the_open_request_leaves_no_room_is_refused)
{
	rig_up(&rig, 4, 0);
	ck_assert_int_eq(rig_start(&rig, 1, 3), 0);
	ck_assert_int_eq(rig_add(&rig, 3, 0), 0);
	ck_assert_uint_eq(ring_free_descs(&rig.ring), 1);
	ck_assert_int_eq(rig_start(&rig, 2, 2), -ENOMEM);
	ck_assert(ring_has_open(&rig.ring));
	ck_assert_int_eq(rig_start(&rig, 2, 1), 0);
}
END_TEST

/* What may be submitted while a request is open and cannot go through. */
static int submit_in_vain(int how)
{
	struct iovec bad[2] = { rig_segment(0), { (void *)64, 64 } };
	struct iovec huge = { (void *)(uintptr_t)RIG_MEM, 1ull << 33 };
	struct iovec empty = { NULL, 0 };

	switch (how) {
	case 0:
		return rig.ring.ops->submit(&rig.ring, (void *)9, bad, 1, 1);
	case 1:
		return rig.ring.ops->submit(&rig.ring, (void *)9, &huge, 1, 0);
	case 2:
		return rig.ring.ops->submit(&rig.ring, (void *)9, &huge, 0, 1);
	case 3:
		return rig.ring.ops->submit(&rig.ring, (void *)9, &empty, 0, 1);
	default:
		return rig_submit(&rig, 9, 4, 5);
	}
}

START_TEST(refused_submit_changes_nothing)
{
	struct snapshot before;

	rig_up(&rig, 8, _i % RIG_SHAPES);
	before = take_snapshot();
	ck_assert_int_eq(rig_start(&rig, 1, 3), 0);
	ck_assert_int_eq(rig_add(&rig, 2, 0), 0);
	ck_assert_int_lt(submit_in_vain(_i / RIG_SHAPES), 0);
	ck_assert(ring_has_open(&rig.ring));
	ck_assert_int_eq(rig_add(&rig, 0, 1), 0);
	ring_abort(&rig.ring);
	assert_same(&before);
}
END_TEST

START_TEST(submit_that_finds_no_room_for_its_pieces_changes_nothing)
{
	static const struct mem_entry next = {
		.start = RIG_MEM + RIG_MEM_LEN, .origin = RIG_MEM + RIG_MEM_LEN, .len = 4096,
		.delta = RIG_DELTA - (1ull << 30),
	};
	struct iovec v = { (void *)(uintptr_t)(RIG_MEM + RIG_MEM_LEN - 8), 16 };

	rig_up(&rig, 2, _i & MODEL_EVENT_IDX);
	ck_assert_int_eq(mem_map_insert(&rig.map, &next), 0);
	ck_assert_int_eq(rig_start(&rig, 1, 1), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 0), 0);
	ck_assert_int_eq(rig.ring.ops->submit(&rig.ring, (void *)2, &v, 0, 1), -ENOMEM);
	ck_assert(ring_has_open(&rig.ring));
	ck_assert_uint_eq(ring_in_flight(&rig.ring), 0);
}
END_TEST

START_TEST(submit_ends_the_open_request)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 1, 3), 0);
	ck_assert_int_eq(rig_add(&rig, 2, 1), 0);
	ck_assert_int_eq(rig_submit(&rig, 2, 1, 1), 0);
	ck_assert(!ring_has_open(&rig.ring));
	rig_publish(&rig);
	ck_assert_uint_eq(model_serve(&rig.dev), 2);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 1);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 2);
}
END_TEST

START_TEST(poisoned_request_fails_at_the_next_start)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 1, 3), 0);
	ck_assert_int_eq(rig_add_one(&rig, 64, 64, false), -EFAULT);
	ck_assert_uint_eq(rig_failed(&rig), 0);
	ck_assert_int_eq(rig_start(&rig, 2, 3), 0);
	ck_assert_uint_eq(ring_in_flight(&rig.ring), 1);
	ck_assert_uint_eq(rig_failed(&rig), 1);
	ck_assert_uint_eq(ring_in_flight(&rig.ring), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 0), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 1);
	ck_assert_uint_eq(rig_failed(&rig), 0);
}
END_TEST

START_TEST(poisoned_request_fails_at_the_next_submit)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 1, 3), 0);
	ck_assert_int_eq(rig_add_one(&rig, 64, 64, false), -EFAULT);
	ck_assert_int_eq(rig_submit(&rig, 2, 1, 1), 0);
	ck_assert_uint_eq(rig_failed(&rig), 1);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 1);
}
END_TEST

START_TEST(poisoned_cookies_come_back_in_order_each_once)
{
	rig_up(&rig, 8, _i);
	for (uintptr_t i = 1; i <= 1000; i++) {
		ck_assert_int_eq(rig_start(&rig, i, 1), 0);
		ck_assert_int_eq(rig_add_one(&rig, 64, 64, false), -EFAULT);
		if (i % 10 == 0)
			ck_assert_uint_eq(rig_failed(&rig), i / 10);
	}
	rig_publish(&rig);
	for (uintptr_t i = 101; i <= 1000; i++)
		ck_assert_uint_eq(rig_failed(&rig), i);
	ck_assert_uint_eq(rig_failed(&rig), 0);
}
END_TEST

START_TEST(error_of_a_poisoned_request_is_kept)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 1, 3), 0);
	ck_assert_int_eq(rig_add_one(&rig, 64, 64, false), -EFAULT);
	ck_assert_int_eq(rig_add(&rig, 1, 0), -EFAULT);
	ck_assert_int_eq(rig_add(&rig, 0, 1), -EFAULT);
}
END_TEST

START_TEST(memory_taken_away_poisons_the_open_request)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 1, 2), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 1), 0);
	ck_assert_int_eq(mem_map_remove(&rig.map, RIG_MEM, 4096), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 0);
	ck_assert_uint_eq(rig_failed(&rig), 1);
}
END_TEST

START_TEST(memory_taken_away_elsewhere_does_no_harm)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 1, 2), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 1), 0);
	ck_assert_int_eq(mem_map_remove(&rig.map, RIG_MEM + 4096, 4096), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 1);
}
END_TEST

START_TEST(memory_taken_away_is_not_found_again)
{
	rig_up(&rig, 8, _i);
	rig_post(&rig, 1, 1);
	ck_assert_int_eq(mem_map_remove(&rig.map, RIG_MEM, 4096), 0);
	ck_assert_int_eq(rig_submit(&rig, 2, 0, 1), -EFAULT);
	ck_assert_int_eq(rig_start(&rig, 3, 1), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 0), -EFAULT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ring-request");

	tcase_add_checked_fixture(tc, NULL, down);
	tcase_add_loop_test(tc, nothing_is_visible_before_publish, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, many_requests_become_visible_at_once, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, abort_restores_the_queue_at_every_point, 0, RIG_SHAPES * 16);
	tcase_add_loop_test(tc, abort_drops_a_poisoned_request, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, abort_does_not_take_back_the_request_before, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, abort_without_a_request_does_nothing, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, empty_request_is_dropped, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, start_ends_the_request_before, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, refused_start_leaves_the_open_request_open, 0, RIG_SHAPES);
	tcase_add_test(tc, start_for_which_the_open_request_leaves_no_room_is_refused);
	tcase_add_loop_test(tc, refused_submit_changes_nothing, 0, RIG_SHAPES * 5);
	tcase_add_loop_test(tc, submit_that_finds_no_room_for_its_pieces_changes_nothing, 0,
			    RIG_SHAPES);
	tcase_add_loop_test(tc, submit_ends_the_open_request, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, poisoned_request_fails_at_the_next_start, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, poisoned_request_fails_at_the_next_submit, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, poisoned_cookies_come_back_in_order_each_once, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, error_of_a_poisoned_request_is_kept, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, memory_taken_away_poisons_the_open_request, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, memory_taken_away_elsewhere_does_no_harm, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, memory_taken_away_is_not_found_again, 0, RIG_SHAPES);
	return unit_run("ring-request", tc);
}
