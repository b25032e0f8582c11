/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a request looks like to the device: its descriptors, direct and
 * indirect, and which requests are refused before there are any.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>

#include <virtio-poll/error.h>

#include "ring-rig.h"

static struct ring_rig rig;

static void down(void)
{
	rig_down(&rig);
	memset(&rig, 0, sizeof(rig));
}

/* The request that the device took last. */
static struct model_request *taken(void)
{
	ck_assert_uint_gt(rig.dev.nheads, 0);
	return &rig.dev.requests[rig.dev.heads[rig.dev.nheads - 1]];
}

static void flush_and_take(void)
{
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 1);
}

START_TEST(segments_arrive_in_order_and_translated)
{
	struct vring_desc *d;

	rig_up(&rig, 8, 0);
	ck_assert_int_eq(rig_start(&rig, 1, 2), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM + 100, 16, false), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM + 4096, 512, true), 0);
	flush_and_take();
	d = &rig.dev.desc[rig.dev.heads[0]];
	ck_assert_uint_eq(le64toh(d->addr), RIG_MEM + 100 + RIG_DELTA);
	ck_assert_uint_eq(le32toh(d->len), 16);
	ck_assert_uint_eq(le16toh(d->flags), VRING_DESC_F_NEXT);
	d = &rig.dev.desc[le16toh(d->next)];
	ck_assert_uint_eq(le64toh(d->addr), RIG_MEM + 4096 + RIG_DELTA);
	ck_assert_uint_eq(le32toh(d->len), 512);
	ck_assert_uint_eq(le16toh(d->flags), VRING_DESC_F_WRITE);
}
END_TEST

START_TEST(readable_after_writable_is_refused_and_poisons)	/* FRAME-1 */
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 7, 3), 0);
	ck_assert_int_eq(rig_add(&rig, 0, 1), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 0), -EINVAL);
	assert_error_says("readable");
	ck_assert_int_eq(rig_add(&rig, 0, 1), -EINVAL);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 0);
	ck_assert_uint_eq(rig_failed(&rig), 7);
}
END_TEST

START_TEST(empty_readable_segments_may_follow_writable_ones)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 7, 3), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 1), 0);
	ck_assert_int_eq(rig_add_one(&rig, 0, 0, false), 0);
	flush_and_take();
	ck_assert_uint_eq(taken()->segments, 2);
}
END_TEST

START_TEST(empty_segments_are_skipped)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 7, 4), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 0, false), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 8, false), 0);
	ck_assert_int_eq(rig_add_one(&rig, 0, 0, true), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 8, true), 0);
	flush_and_take();
	ck_assert_uint_eq(taken()->segments, 2);
}
END_TEST

START_TEST(no_iovs_are_no_error)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 7, 4), 0);
	ck_assert_int_eq(rig.ring.ops->add_readable(&rig.ring, NULL, 0), 0);
	ck_assert_int_eq(rig.ring.ops->add_writable(&rig.ring, NULL, 0), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 0);
}
END_TEST

START_TEST(several_segments_use_a_table_if_negotiated)	/* SPLIT-IND-1 */
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_submit(&rig, 1, 1, 2), 0);
	flush_and_take();
	ck_assert_int_eq(taken()->in_table, _i & MODEL_INDIRECT);
	ck_assert_uint_eq(taken()->descriptors, taken()->in_table ? 1 : 3);
}
END_TEST

START_TEST(one_segment_needs_no_table)
{
	rig_up(&rig, 8, MODEL_INDIRECT);
	ck_assert_int_eq(rig_submit(&rig, 1, 1, 0), 0);
	flush_and_take();
	ck_assert(!taken()->in_table);
}
END_TEST

START_TEST(more_than_a_table_holds_goes_direct)
{
	rig_up(&rig, 256, MODEL_INDIRECT);
	ck_assert_uint_eq(rig.layout.table_len, 64);
	ck_assert_int_eq(rig_submit(&rig, 1, 32, 32), 0);
	flush_and_take();
	ck_assert(taken()->in_table);
	ck_assert_int_eq(rig_submit(&rig, 1, 32, 33), 0);
	flush_and_take();
	ck_assert(!taken()->in_table);
	ck_assert_uint_eq(taken()->segments, 65);
}
END_TEST

START_TEST(request_that_outgrows_its_table_goes_on_direct)
{
	struct vring_desc *d;

	rig_up(&rig, 128, MODEL_INDIRECT);
	ck_assert_int_eq(rig_start(&rig, 1, 2), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 99), 0);
	flush_and_take();
	ck_assert(!taken()->in_table);
	ck_assert_uint_eq(taken()->segments, 100);
	ck_assert_uint_eq(taken()->readable, 64);
	d = &rig.dev.desc[rig.dev.heads[0]];
	ck_assert_uint_eq(le64toh(d->addr), RIG_MEM + RIG_DELTA);
}
END_TEST

START_TEST(request_that_outgrows_the_queue_is_poisoned)	/* SPLIT-IND-3 */
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 5, 8), 0);
	ck_assert_int_eq(rig_add(&rig, 8, 0), 0);
	ck_assert_int_eq(rig_add(&rig, 1, 0), -ENOMEM);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 0);
	ck_assert_uint_eq(rig_failed(&rig), 5);
	ck_assert_uint_eq(rig.ring.free_count, 8);
}
END_TEST

START_TEST(request_of_the_queue_size_fits_an_empty_queue)
{
	rig_up(&rig, 1u << (_i / RIG_SHAPES), _i % RIG_SHAPES);
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(rig_submit(&rig, 1, 1, rig.ring.size - 1), 0);
		flush_and_take();
		ck_assert_uint_eq(taken()->segments, rig.ring.size);
		model_serve(&rig.dev);
		ck_assert_uint_eq(rig_poll(&rig, NULL), 1);
	}
}
END_TEST

START_TEST(longer_requests_than_the_queue_are_never_possible)	/* SPLIT-IND-3 */
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 1, 9), -EINVAL);
	assert_error_says("9 segments");
	ck_assert_int_eq(rig_start(&rig, 1, (unsigned)-1), -EINVAL);
	ck_assert_int_eq(rig_start(&rig, 1, 0x80000000u), -EINVAL);
	ck_assert_int_eq(rig_submit(&rig, 1, 4, 5), -EINVAL);
	ck_assert_int_eq(rig.ring.ops->submit(&rig.ring, NULL, NULL, ~0u, ~0u), -EINVAL);
	ck_assert_uint_eq(rig.ring.free_count, 8);
}
END_TEST

START_TEST(full_queue_says_not_now_and_changes_nothing)
{
	rig_up(&rig, 4, _i);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(rig_submit(&rig, 1 + i, 0, 1), 0);
	ck_assert_int_eq(rig_submit(&rig, 9, 0, 1), -ENOMEM);
	ck_assert_int_eq(rig_start(&rig, 9, 1), -ENOMEM);
	assert_error_says("poll");
	rig_publish(&rig);
	ck_assert_uint_eq(model_serve(&rig.dev), 4);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(rig_poll(&rig, NULL), 1 + i);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 0);
}
END_TEST

START_TEST(indirect_queue_takes_as_many_requests_as_it_has_descriptors)
{
	rig_up(&rig, 16, MODEL_INDIRECT);
	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(rig_submit(&rig, 1 + i, 1, 2), 0);
	ck_assert_int_eq(rig_submit(&rig, 17, 1, 2), -ENOMEM);
	rig_publish(&rig);
	ck_assert_uint_eq(model_serve(&rig.dev), 16);
}
END_TEST

START_TEST(unregistered_memory_is_refused_and_named)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 3, 2), 0);
	ck_assert_int_eq(rig_add_one(&rig, 0xabc000, 64, false), -EFAULT);
	assert_error_says("0xabc000");
	rig_publish(&rig);
	ck_assert_uint_eq(rig_failed(&rig), 3);
}
END_TEST

static const struct {
	uint64_t addr, len;
} outside[] = {
	{ RIG_MEM - 1, 2 },
	{ RIG_MEM + RIG_MEM_LEN, 1 },
	{ RIG_MEM + RIG_MEM_LEN - 1, 2 },
	{ 0, 1 },
	{ UINT64_MAX, 1 },
	{ 1ull << 63, 64 },
	{ UINT64_MAX - 10, 100 },
};

START_TEST(memory_at_and_over_the_edges_is_refused)
{
	for (unsigned shape = 0; shape < RIG_SHAPES; shape++) {
		rig_up(&rig, 8, shape);
		ck_assert_int_eq(rig_submit(&rig, 1, 1, 1), 0);	/* caches the window */
		ck_assert_int_eq(rig_start(&rig, 3, 2), 0);
		ck_assert_int_eq(rig_add_one(&rig, outside[_i].addr, outside[_i].len, true),
				 -EFAULT);
		ring_abort(&rig.ring);
		/* The same with the last window at hand, which ends where memory does. */
		ck_assert_int_eq(rig_start(&rig, 3, 2), 0);
		ck_assert_int_eq(rig_add_one(&rig, RIG_MEM + RIG_MEM_LEN - 64, 16, true), 0);
		ck_assert_int_eq(rig_add_one(&rig, outside[_i].addr, outside[_i].len, true),
				 -EFAULT);
		down();
	}
	rig_up(&rig, 8, 0);
}
END_TEST

/* Sums that would wrap, of 64 bits signed and unsigned. */
static const uint64_t monstrous[] = {
	INT64_MAX, 1ull << 63, UINT64_MAX, UINT64_MAX - 63, 1ull << 33, INT64_MAX - RIG_MEM,
};

START_TEST(monstrous_lengths_are_refused)	/* SPLIT-DESC-1 */
{
	for (int writable = 0; writable < 2; writable++) {
		rig_up(&rig, 8, MODEL_INDIRECT);
		ck_assert_int_eq(rig_submit(&rig, 1, 1, 1), 0);
		ck_assert_int_eq(rig_start(&rig, 3, 2), 0);
		ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, monstrous[_i], writable), -EMSGSIZE);
		down();
	}
	rig_up(&rig, 8, 0);
}
END_TEST

START_TEST(four_gib_readable_are_the_most)	/* SPLIT-DESC-1 */
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 3, 4), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 1ull << 32, false), 0);
	flush_and_take();
	ck_assert_uint_eq(taken()->readable, 1ull << 32);
	ck_assert_int_eq(rig_start(&rig, 4, 4), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 1ull << 32, false), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 1, true), -EMSGSIZE);
	assert_error_says("4294967296");
}
END_TEST

START_TEST(writable_bytes_are_what_a_used_length_can_count)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 3, 4), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 0xfffffffe, true), 0);
	flush_and_take();
	ck_assert_uint_eq(taken()->writable, 0xfffffffe);
	ck_assert_int_eq(rig_start(&rig, 4, 4), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 0xffffffff, true), -EMSGSIZE);
}
END_TEST

START_TEST(many_small_sums_are_limited_too)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_start(&rig, 3, 8), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 1ull << 30, true), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 1, true), 0);
	ck_assert_int_eq(rig_add_one(&rig, RIG_MEM, 1ull << 30, true), -EMSGSIZE);
}
END_TEST

START_TEST(segment_is_split_where_the_device_sees_an_edge)	/* VU-MEM-11 */
{
	static const struct mem_entry next = {
		.start = RIG_MEM + RIG_MEM_LEN, .origin = RIG_MEM + RIG_MEM_LEN, .len = 4096,
		.delta = RIG_DELTA - (1ull << 30),
	};
	uint64_t edge = RIG_MEM + RIG_MEM_LEN;

	rig_up(&rig, 8, _i);
	rig.dev.known = NULL;
	ck_assert_int_eq(mem_map_insert(&rig.map, &next), 0);
	ck_assert_int_eq(rig_start(&rig, 3, 2), 0);
	ck_assert_int_eq(rig_add_one(&rig, edge - 100, 300, true), 0);
	flush_and_take();
	ck_assert_uint_eq(taken()->segments, 2);
	ck_assert_uint_eq(taken()->writable, 300);
}
END_TEST

START_TEST(add_without_a_request_is_refused)
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_add(&rig, 1, 0), -EINVAL);
	assert_error_says("virtqueue_req_start");
	ck_assert_int_eq(rig_add(&rig, 0, 1), -EINVAL);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 0);
}
END_TEST

START_TEST(submit_without_a_byte_is_refused)
{
	struct iovec empty[2] = { { NULL, 0 }, { NULL, 0 } };

	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_submit(&rig, 1, 0, 0), -EINVAL);
	ck_assert_int_eq(rig.ring.ops->submit(&rig.ring, NULL, empty, 1, 1), -EINVAL);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 0);
	ck_assert_uint_eq(rig_failed(&rig), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ring-chain");

	tcase_add_checked_fixture(tc, NULL, down);
	tcase_add_test(tc, segments_arrive_in_order_and_translated);
	tcase_add_loop_test(tc, readable_after_writable_is_refused_and_poisons, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, empty_readable_segments_may_follow_writable_ones, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, empty_segments_are_skipped, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, no_iovs_are_no_error, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, several_segments_use_a_table_if_negotiated, 0, RIG_SHAPES);
	tcase_add_test(tc, one_segment_needs_no_table);
	tcase_add_test(tc, more_than_a_table_holds_goes_direct);
	tcase_add_test(tc, request_that_outgrows_its_table_goes_on_direct);
	tcase_add_loop_test(tc, request_that_outgrows_the_queue_is_poisoned, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, request_of_the_queue_size_fits_an_empty_queue, 0,
			    16 * RIG_SHAPES);
	tcase_add_loop_test(tc, longer_requests_than_the_queue_are_never_possible, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, full_queue_says_not_now_and_changes_nothing, 0, RIG_SHAPES);
	tcase_add_test(tc, indirect_queue_takes_as_many_requests_as_it_has_descriptors);
	tcase_add_loop_test(tc, unregistered_memory_is_refused_and_named, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, memory_at_and_over_the_edges_is_refused, 0,
			    sizeof(outside) / sizeof(outside[0]));
	tcase_add_loop_test(tc, monstrous_lengths_are_refused, 0,
			    sizeof(monstrous) / sizeof(monstrous[0]));
	tcase_add_loop_test(tc, four_gib_readable_are_the_most, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, writable_bytes_are_what_a_used_length_can_count, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, many_small_sums_are_limited_too, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, segment_is_split_where_the_device_sees_an_edge, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, add_without_a_request_is_refused, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, submit_without_a_byte_is_refused, 0, RIG_SHAPES);
	return unit_run("ring-chain", tc);
}
