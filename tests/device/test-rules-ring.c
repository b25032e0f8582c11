/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loopback device as the judge of its driver: a ring written by hand
 * breaks one rule in each test, and the device asks for a reset. A program
 * that drives the device without complaint obeys these rules.
 */
#include "config.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "hand.h"

START_TEST(the_status_byte_may_be_anywhere_and_lengths_are_exact)
{
	struct hand h;
	struct virtio_blk_outhdr header = { .type = htole32(VIRTIO_BLK_T_GET_ID) };

	hand_up(&h, "loopback:blk,queue-size=8,serial=abc", 0);
	memcpy(h.mem + DATA_AT, &header, sizeof(header));
	h.desc[0] = make_desc(data_at(&h, 0), 7, F_NEXT, 5);
	h.desc[5] = make_desc(data_at(&h, 7), 9, F_NEXT, 2);
	h.desc[2] = make_desc(data_at(&h, 64), 2, F_NEXT | F_WRITE, 7);
	h.desc[7] = make_desc(data_at(&h, 66), 19, F_WRITE, 0);
	offer(&h, 0);
	notify(&h);
	ck_assert(is_served(&h));
	ck_assert_uint_eq(le32toh(*(uint32_t *)(void *)&h.used[4]), 21);
	ck_assert_int_eq(memcmp(h.mem + DATA_AT + 64, "abc\0", 4), 0);
	ck_assert_int_eq(h.mem[DATA_AT + 84], VIRTIO_BLK_S_OK);
	hand_down(&h);
}
END_TEST

START_TEST(a_head_out_of_range_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	offer(&h, SIZE);
	notify(&h);
	assert_offended(&h);
	hand_down(&h);
}
END_TEST

START_TEST(an_index_too_far_ahead_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.avail[1] = htole16(SIZE + 1);
	notify(&h);
	assert_offended(&h);
	hand_down(&h);
}
END_TEST

/* SPLIT-AVAIL-1 */
START_TEST(an_index_that_goes_back_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	offer(&h, 0);
	notify(&h);
	ck_assert(is_served(&h));
	h.avail[1] = 0;
	notify(&h);
	ck_assert(needs_reset(&h));
	hand_down(&h);
}
END_TEST

START_TEST(an_address_that_was_not_told_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.desc[1].addr = htole64((uintptr_t)&h);
	offends(&h);
}
END_TEST

START_TEST(a_segment_over_the_end_of_memory_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.desc[1] = make_desc((uintptr_t)h.mem + MEM_LEN - 1, 2, F_WRITE, 0);
	offends(&h);
}
END_TEST

START_TEST(a_length_round_the_address_space_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.desc[1] = make_desc(UINT64_MAX, 2, F_WRITE, 0);
	offends(&h);
}
END_TEST

START_TEST(an_empty_segment_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.desc[1].len = 0;
	offends(&h);
}
END_TEST

START_TEST(a_chain_that_bites_its_tail_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.desc[0].next = 0;
	offends(&h);
}
END_TEST

START_TEST(a_next_out_of_range_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.desc[0].next = htole16(SIZE);
	offends(&h);
}
END_TEST

/* FRAME-1 */
START_TEST(readable_after_writable_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.desc[0].flags = htole16(F_NEXT | F_WRITE);
	h.desc[1].flags = 0;
	offends(&h);
}
END_TEST

START_TEST(flags_that_do_not_exist_offend)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.desc[0].flags = htole16(F_NEXT | 8);
	offends(&h);
}
END_TEST

/* SPLIT-IND-1 */
START_TEST(an_indirect_table_that_was_not_negotiated_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.table);
	h.desc[0] = make_desc((uintptr_t)h.table, 32, F_INDIRECT, 0);
	offends(&h);
}
END_TEST

/* SPLIT-IND-2 */
START_TEST(a_table_inside_a_table_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", INDIRECT);
	h.table[0] = make_desc((uintptr_t)h.table, 16, F_INDIRECT, 0);
	h.desc[0] = make_desc((uintptr_t)h.table, 16, F_INDIRECT, 0);
	offends(&h);
}
END_TEST

/* SPLIT-IND-3 */
START_TEST(a_table_with_more_than_the_queue_size_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", INDIRECT);
	for (uint16_t i = 0; i <= SIZE; i++)
		h.table[i] = make_desc(data_at(&h, i), 1, i < SIZE ? F_NEXT : F_WRITE, i + 1);
	h.desc[0] = make_desc((uintptr_t)h.table, 16 * (SIZE + 1), F_INDIRECT, 0);
	offends(&h);
}
END_TEST

/* SPLIT-IND-4 */
START_TEST(indirect_with_next_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", INDIRECT);
	put_request(&h, h.table);
	put_request(&h, h.desc);
	h.desc[0] = make_desc((uintptr_t)h.table, 32, F_INDIRECT | F_NEXT, 1);
	offends(&h);
}
END_TEST

/* SPLIT-IND-6 */
START_TEST(a_table_of_odd_length_offends)
{
	static const uint32_t lens[] = { 0, 1, 31, 33 };

	for (unsigned i = 0; i < 4; i++) {
		struct hand h;

		hand_up(&h, "loopback:blk,queue-size=8", INDIRECT);
		put_request(&h, h.table);
		h.desc[0] = make_desc((uintptr_t)h.table, lens[i], F_INDIRECT, 0);
		offends(&h);
	}
}
END_TEST

START_TEST(a_table_in_strange_memory_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", INDIRECT);
	h.desc[0] = make_desc((uintptr_t)h.mem + MEM_LEN - 16, 32, F_INDIRECT, 0);
	offends(&h);
}
END_TEST

/* SPLIT-USEDEV-1 */
START_TEST(available_flags_without_event_idx_are_0_or_1)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	put_request(&h, h.desc);
	h.avail[0] = htole16(2);
	offends(&h);
}
END_TEST

/* SPLIT-USEDEV-3 */
START_TEST(available_flags_with_event_idx_are_0)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", EVENT_IDX);
	put_request(&h, h.desc);
	h.avail[0] = htole16(1);
	offends(&h);
}
END_TEST

START_TEST(a_lenient_device_overlooks_flags)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8,strict=off", EVENT_IDX);
	put_request(&h, h.desc);
	h.desc[0].flags |= htole16(8);
	h.avail[0] = htole16(3);
	offer(&h, 0);
	notify(&h);
	ck_assert(is_served(&h) && !needs_reset(&h));
	hand_down(&h);
}
END_TEST

START_TEST(avail_event_follows_what_was_taken)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", EVENT_IDX);
	put_request(&h, h.desc);
	for (unsigned i = 0; i < 70000; i++) {
		offer(&h, 0);
		notify(&h);
		ck_assert(is_served(&h));
		ck_assert_uint_eq(le16toh(h.used[2 + 4 * SIZE]), h.next_avail);
	}
	hand_down(&h);
}
END_TEST

/* Mostly plausible: small numbers, addresses within the memory, any flags. */
static struct desc random_desc(const struct hand *h)
{
	uint64_t addr = (uintptr_t)h->mem + (unsigned)random() % MEM_LEN;
	uint32_t len = (unsigned)random() % 5 ? (unsigned)random() % 600 : 16u << random() % 20;

	if (random() % 16 == 0)
		addr = random() % 2 ? (uint64_t)random() << 33 : (uintptr_t)h->table;
	return make_desc(addr, len, random() % 8, random() % (SIZE + 1));
}

/* Memory that the device writes may be the ring itself: all is survived. */
START_TEST(random_rings_are_survived)
{
	unsigned served = 0;

	srandom(1);
	for (unsigned round = 0; round < 3000; round++) {
		struct hand h;

		hand_up(&h, round % 2 ? "loopback:blk,queue-size=8,size=64K,strict=off" :
			"loopback:blk,queue-size=8,size=64K", round % 3 ? INDIRECT : EVENT_IDX);
		for (unsigned turn = 0; turn < 20 && !needs_reset(&h); turn++) {
			for (unsigned i = 0; i < SIZE; i++) {
				h.desc[i] = random_desc(&h);
				h.table[i] = random_desc(&h);
			}
			h.mem[DATA_AT + random() % 4096] = (char)random();
			offer(&h, random() % SIZE);
			notify(&h);
			served += is_served(&h);
		}
		hand_down(&h);
	}
	/* Else the rings were not plausible enough to get anywhere. */
	ck_assert_uint_gt(served, 300);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_status_byte_may_be_anywhere_and_lengths_are_exact,
		a_head_out_of_range_offends,
		an_index_too_far_ahead_offends,
		an_index_that_goes_back_offends,
		an_address_that_was_not_told_offends,
		a_segment_over_the_end_of_memory_offends,
		a_length_round_the_address_space_offends,
		an_empty_segment_offends,
		a_chain_that_bites_its_tail_offends,
		a_next_out_of_range_offends,
		readable_after_writable_offends,
		flags_that_do_not_exist_offend,
		an_indirect_table_that_was_not_negotiated_offends,
		a_table_inside_a_table_offends,
		a_table_with_more_than_the_queue_size_offends,
		indirect_with_next_offends,
		a_table_of_odd_length_offends,
		a_table_in_strange_memory_offends,
		available_flags_without_event_idx_are_0_or_1,
		available_flags_with_event_idx_are_0,
		random_rings_are_survived,
		a_lenient_device_overlooks_flags,
		avail_event_follows_what_was_taken,
	};

	return RUN_TESTS("device/rules-ring", tests);
}
