/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every lie that a used ring can tell: the queue breaks, says why, and no
 * cookie comes back twice. What is not a lie by experience is clamped.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <pthread.h>

#include "../../lib/ring-error.h"
#include "ring-rig.h"

static struct ring_rig rig;

static void down(void)
{
	rig_down(&rig);
	memset(&rig, 0, sizeof(rig));
}

/* The queue is broken, for the reason given, and gives nothing more. */
static void assert_broken(const char *why)
{
	char text[200];

	ck_assert_uint_eq(rig_poll(&rig, NULL), 0);
	ck_assert_int_eq(rig.ring.error, -EIO);
	ring_violation_text(&rig.ring, text, sizeof(text));
	ck_assert_msg(strstr(text, why) != NULL, "\"%s\" does not say \"%s\"", text, why);
}

/* n requests of one writable segment, cookies from 1, in the device's hands. */
static void post(unsigned shape, unsigned size, unsigned n)
{
	rig_up(&rig, size, shape);
	rig_post(&rig, 1, n);
	must(model_take(&rig.dev) == n);
}

static const uint32_t bad_ids[] = {
	8, 9, 255, 32768, 65535, 65536, 65536 + 1, 0x01000000, 0x80000000, 0xffffffff,
};

START_TEST(id_beyond_the_queue_breaks_it)	/* HARD-USED-1, SPLIT-USED-3 */
{
	for (unsigned shape = 0; shape < RIG_SHAPES; shape++) {
		if (shape)
			down();
		post(shape, 8, 4);
		model_put(&rig.dev, bad_ids[_i], 0);
		assert_broken("of a queue of 8");
	}
}
END_TEST

START_TEST(id_that_was_never_submitted_breaks_it)	/* HARD-USED-2 */
{
	post(_i, 8, 4);
	model_put(&rig.dev, 6, 0);
	assert_broken("no request in flight");
}
END_TEST

START_TEST(id_of_an_inner_descriptor_breaks_it)	/* HARD-USED-2 */
{
	rig_up(&rig, 8, _i);
	ck_assert_int_eq(rig_submit(&rig, 1, 1, 2), 0);
	ck_assert_int_eq(rig_submit(&rig, 2, 1, 2), 0);
	rig_publish(&rig);
	model_take(&rig.dev);
	model_put(&rig.dev, le16toh(rig.dev.desc[rig.dev.heads[0]].next) + (_i & 1 ? 2 : 0), 0);
	assert_broken("no request in flight");
}
END_TEST

START_TEST(id_completed_twice_breaks_it_and_comes_back_once)	/* HARD-USED-2 */
{
	post(_i, 8, 4);
	model_put(&rig.dev, rig.dev.heads[1], 0);
	model_put(&rig.dev, rig.dev.heads[1], 0);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 2);
	assert_broken("no request in flight");
}
END_TEST

START_TEST(good_entries_before_a_bad_one_are_taken)
{
	void *cookies[8];

	post(_i, 8, 4);
	model_put(&rig.dev, rig.dev.heads[0], 0);
	model_put(&rig.dev, rig.dev.heads[1], 0);
	model_put(&rig.dev, 99, 0);
	model_put(&rig.dev, rig.dev.heads[2], 0);
	ck_assert_uint_eq(rig.ring.ops->poll(&rig.ring, cookies, NULL, 8), 2);
	ck_assert_int_eq(rig.ring.error, -EIO);
	ring_set_dead(&rig.ring);
	ck_assert_uint_eq(ring_take_failed(&rig.ring, cookies, 8), 2);
	ck_assert_uint_eq((uintptr_t)cookies[0] + (uintptr_t)cookies[1], 3 + 4);
}
END_TEST

/* How far the index moves, with 4 in flight on a ring of 8. */
static const uint16_t jumps[] = { 5, 8, 9, 256, 32767, 32768, 32769, 65535 };

START_TEST(index_that_moves_beyond_what_is_out_breaks_it)	/* HARD-USED-4, -5 */
{
	for (unsigned shape = 0; shape < RIG_SHAPES; shape++) {
		if (shape)
			down();
		post(shape, 8, 4);
		model_set_used_idx(&rig.dev, jumps[_i]);
		assert_broken("requests outstanding");
	}
}
END_TEST

START_TEST(index_that_moves_back_breaks_it)	/* HARD-USED-5 */
{
	post(_i, 8, 4);
	model_use(&rig.dev, rig.dev.heads[0], 0);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 1);
	model_set_used_idx(&rig.dev, 0);
	assert_broken("moved the used index by 65535");
}
END_TEST

START_TEST(completion_before_any_request_breaks_it)	/* HARD-USED-13 */
{
	rig_up(&rig, 8, _i);
	model_put(&rig.dev, 0, 0);
	assert_broken("0 requests outstanding");
}
END_TEST

static const struct {
	unsigned readable, writable;
	uint32_t claim, expect;
} lens[] = {
	{ 0, 1, 65, 64 },
	{ 0, 1, 0xffffffff, 64 },
	{ 1, 0, 1, 0 },
	{ 1, 0, 0x80000000, 0 },
	{ 2, 3, 193, 192 },
	{ 2, 3, 0xffffffff, 192 },
};

START_TEST(length_beyond_what_was_offered_is_clamped_and_counted)	/* HARD-USED-3 */
{
	uint32_t len;

	for (unsigned shape = 0; shape < RIG_SHAPES; shape++) {
		if (shape)
			down();
		rig_up(&rig, 8, shape);
		ck_assert_int_eq(rig_submit(&rig, 1, lens[_i].readable, lens[_i].writable), 0);
		rig_publish(&rig);
		model_take(&rig.dev);
		model_use(&rig.dev, rig.dev.heads[0], lens[_i].claim);
		ck_assert_uint_eq(rig_poll(&rig, &len), 1);
		ck_assert_uint_eq(len, lens[_i].expect);
		ck_assert_uint_eq(rig.ring.len_clamped, 1);
		ck_assert_int_eq(rig.ring.error, 0);
	}
}
END_TEST

START_TEST(silent_device_costs_nothing)	/* HARD-USED-15 */
{
	post(_i, 8, 4);
	for (int i = 0; i < 100000; i++)
		must(rig_poll(&rig, NULL) == 0);
	must(rig.ring.error == 0);
}
END_TEST

static void scramble(unsigned seed)
{
	char *tables = rig.layout.table_len ? rig.shared + rig.layout.tables : rig.shared;

	model_scramble(&rig.dev, tables,
		       rig.layout.table_len ? rig.layout.total - rig.layout.tables : 0, seed);
}

/* Completes what was taken before the scrambling, unchecked. */
static void complete_all(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		model_put(&rig.dev, rig.dev.heads[i], 64);
	for (unsigned i = 0; i < rig.dev.size; i++)
		rig.dev.requests[i].owned = false;
	rig.dev.nheads = 0;
}

START_TEST(scrambled_shared_memory_changes_nothing)	/* HARD-USED-7 */
{
	uint16_t idx;

	rig_up(&rig, 16, _i);
	for (unsigned round = 0; round < 5000; round++) {
		must(rig_submit(&rig, 1, 1, 2) == 0);
		must(rig_submit(&rig, 2, 0, 4) == 0);
		rig_publish(&rig);
		must(model_take(&rig.dev) == 2);
		idx = model_avail_idx(&rig.dev);
		scramble(round);
		rig.dev.avail->flags = 0;
		rig.dev.avail->idx = htole16(idx);
		complete_all(2);
		must(rig_poll(&rig, NULL) == 1);
		must(rig_poll(&rig, NULL) == 2);
		must(rig.ring.free_count == 16);
	}
}
END_TEST

/* The device toggles a word from a thread of its own. */
static struct {
	pthread_t thread;
	_Atomic bool stop;
	uint16_t *word16;
	uint32_t *word32;
	uint32_t values[2];
} toggler;

static void *toggle(void *unused)
{
	(void)unused;
	for (unsigned i = 0; !toggler.stop; i++) {
		if (toggler.word16)
			__atomic_store_n(toggler.word16, toggler.values[i % 2], __ATOMIC_RELEASE);
		else
			__atomic_store_n(toggler.word32, toggler.values[i % 2], __ATOMIC_RELAXED);
	}
	return NULL;
}

static void toggle_begin(uint32_t a, uint32_t b)
{
	toggler.stop = false;
	toggler.values[0] = htole32(a);
	toggler.values[1] = htole32(b);
	ck_assert_int_eq(pthread_create(&toggler.thread, NULL, toggle, NULL), 0);
}

static void toggle_end(void)
{
	toggler.stop = true;
	pthread_join(toggler.thread, NULL);
}

/* One of the two ids is good, one beyond everything: a second look at the
 * word, after the check, would read far outside. */
START_TEST(id_that_changes_after_the_check_is_not_read_again)	/* HARD-USED-6 */
{
	uintptr_t cookie;

	for (int round = 0; round < 100; round++) {
		post(_i, 8, 1);
		toggler.word16 = NULL;
		toggler.word32 = &rig.dev.used->ring[0].id;
		toggle_begin(rig.dev.heads[0], 0x7fffffff);
		model_set_used_idx(&rig.dev, 1);
		cookie = rig_poll(&rig, NULL);
		ck_assert(cookie == 1 || (!cookie && rig.ring.error == -EIO));
		toggle_end();
		down();
	}
	rig_up(&rig, 8, 0);
}
END_TEST

START_TEST(id_that_changes_during_the_last_harvest_is_not_read_again)	/* HARD-USED-6 */
{
	void *cookie;
	uint32_t len;

	for (int round = 0; round < 100; round++) {
		post(_i, 8, 1);
		toggler.word16 = NULL;
		toggler.word32 = &rig.dev.used->ring[0].id;
		toggle_begin(rig.dev.heads[0], 0x7fffffff);
		model_set_used_idx(&rig.dev, 1);
		rig.ring.ops->harvest(&rig.ring);
		toggle_end();
		if (ring_take_done(&rig.ring, &cookie, &len, 1))
			ck_assert_uint_eq((uintptr_t)cookie, 1);
		else
			ck_assert_int_eq(rig.ring.error, -EIO);
		down();
	}
	rig_up(&rig, 8, 0);
}
END_TEST

START_TEST(index_that_changes_after_the_check_is_not_read_again)	/* HARD-USED-6 */
{
	void *cookies[16];
	unsigned n;

	for (int round = 0; round < 100; round++) {
		post(_i, 8, 2);
		rig.dev.used->ring[0].id = htole32(rig.dev.heads[0]);
		rig.dev.used->ring[1].id = htole32(rig.dev.heads[1]);
		toggler.word16 = &rig.dev.used->idx;
		toggle_begin(htole16(2), htole16(40000));
		n = rig.ring.ops->poll(&rig.ring, cookies, NULL, 16);
		ck_assert(n == 2 || n == 0);
		toggle_end();
		down();
	}
	rig_up(&rig, 8, 0);
}
END_TEST

START_TEST(random_used_rings_never_give_a_cookie_twice)
{
	unsigned seed = 1 + _i;

	for (int round = 0; round < 3000; round++) {
		unsigned seen = 0;
		uintptr_t cookie;

		post(_i, 8, 1 + round % 8);
		for (int i = 0; i < 12; i++) {
			if (rand_r(&seed) % 3)
				model_put(&rig.dev, rand_r(&seed) % 9, rand_r(&seed));
			if (rand_r(&seed) % 30 == 0)
				model_set_used_idx(&rig.dev, rand_r(&seed));
			cookie = rig_poll(&rig, NULL);
			must(cookie <= 8);
			must(!cookie || !(seen & 1u << cookie));
			seen |= cookie ? 1u << cookie : 0;
		}
		down();
	}
	rig_up(&rig, 8, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ring-hostile");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, down);
	tcase_add_loop_test(tc, id_beyond_the_queue_breaks_it, 0,
			    sizeof(bad_ids) / sizeof(bad_ids[0]));
	tcase_add_loop_test(tc, id_that_was_never_submitted_breaks_it, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, id_of_an_inner_descriptor_breaks_it, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, id_completed_twice_breaks_it_and_comes_back_once, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, good_entries_before_a_bad_one_are_taken, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, index_that_moves_beyond_what_is_out_breaks_it, 0,
			    sizeof(jumps) / sizeof(jumps[0]));
	tcase_add_loop_test(tc, index_that_moves_back_breaks_it, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, completion_before_any_request_breaks_it, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, length_beyond_what_was_offered_is_clamped_and_counted, 0,
			    sizeof(lens) / sizeof(lens[0]));
	tcase_add_loop_test(tc, silent_device_costs_nothing, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, scrambled_shared_memory_changes_nothing, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, id_that_changes_after_the_check_is_not_read_again, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, id_that_changes_during_the_last_harvest_is_not_read_again, 0,
			    RIG_SHAPES);
	tcase_add_loop_test(tc, index_that_changes_after_the_check_is_not_read_again, 0,
			    RIG_SHAPES);
	tcase_add_loop_test(tc, random_used_rings_never_give_a_cookie_twice, 0, RIG_SHAPES);
	return unit_run("ring-hostile", tc);
}
