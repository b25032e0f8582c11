/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that complete while another is being built, and every order of
 * calls: cookies come back once, and ring and device stay in step.
 */
#include "config.h"

#include "ring-rig.h"

static struct ring_rig rig;

static void down(void)
{
	rig_down(&rig);
}

START_TEST(completions_may_be_taken_while_a_request_is_open)
{
	rig_up(&rig, 4, _i);
	for (int round = 0; round < 1000; round++) {
		rig_post(&rig, 10, 2);
		must(rig_start(&rig, 20, 2) == 0);
		must(rig_add(&rig, 1, 0) == 0);
		model_serve_backwards(&rig.dev);
		must(rig_poll(&rig, NULL) == 11);
		must(rig_add(&rig, 0, 1) == 0);
		must(rig_poll(&rig, NULL) == 10);
		if (round % 3)
			ring_abort(&rig.ring);
		rig_publish(&rig);
		must(model_serve(&rig.dev) == (round % 3 ? 0u : 1u));
		must(rig_poll(&rig, NULL) == (round % 3 ? 0u : 20u));
		must(rig.ring.free_count == 4);
	}
}
END_TEST

START_TEST(open_request_grows_into_what_completes_meanwhile)
{
	rig_up(&rig, 4, _i);
	rig_post(&rig, 10, 2);
	ck_assert_int_eq(rig_start(&rig, 20, 2), 0);
	ck_assert_int_eq(rig_add(&rig, 2, 0), 0);
	model_serve(&rig.dev);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 10);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 11);
	ck_assert_int_eq(rig_add(&rig, 0, 2), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_take(&rig.dev), 1);
	ck_assert_uint_eq(rig.dev.requests[rig.dev.heads[0]].segments, 4);
	model_serve(&rig.dev);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 20);
	ck_assert_uint_eq(rig.ring.free_count, 4);
}
END_TEST

START_TEST(request_on_a_full_ring_grows_into_what_completes)
{
	rig_up(&rig, 4, _i);
	rig_post(&rig, 10, 4);
	ck_assert_int_eq(rig_start(&rig, 20, 0), 0);
	ck_assert_uint_eq(model_serve(&rig.dev), 4);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(rig_poll(&rig, NULL), 10 + i);
	ck_assert_int_eq(rig_add(&rig, 1, 3), 0);
	rig_publish(&rig);
	ck_assert_uint_eq(model_serve(&rig.dev), 1);
	ck_assert_uint_eq(rig_poll(&rig, NULL), 20);
	ck_assert_uint_eq(rig.ring.free_count, 4);
}
END_TEST

/* The cookies that are out, told apart by a counter. */
struct stress {
	unsigned seed;
	uintptr_t next;
	unsigned out;		/* ended and not back */
	unsigned open;		/* segments of the open request */
	uint8_t back[300000];
};

static void got_back(struct stress *s, uintptr_t cookie)
{
	must(cookie < s->next);
	must(!s->back[cookie]);
	s->back[cookie] = 1;
	s->out--;
}

static void end_open(struct stress *s)
{
	s->out += s->open > 0;
	s->open = 0;
}

static void random_start(struct stress *s)
{
	unsigned n = rand_r(&s->seed) % 6;

	if (rig_start(&rig, s->next, n))
		return;
	end_open(s);
	s->next++;
}

static void random_add(struct stress *s)
{
	unsigned n = 1 + rand_r(&s->seed) % 3;

	/* What fits, direct or in a table of 8 entries. */
	if (ring_has_open(&rig.ring) && n <= ring_free_descs(&rig.ring) && s->open + n <= 8) {
		must(rig_add(&rig, n, 0) == 0);
		s->open += n;
	}
}

static void random_submit(struct stress *s)
{
	unsigned n = 1 + rand_r(&s->seed) % 5;

	if (rig_submit(&rig, s->next, n - n / 2, n / 2))
		return;
	end_open(s);
	s->out++;
	s->next++;
}

static void random_poll(struct stress *s)
{
	uintptr_t cookie = rig_poll(&rig, NULL);

	if (cookie)
		got_back(s, cookie);
}

static void random_step(struct stress *s)
{
	switch (rand_r(&s->seed) % 8) {
	case 0:
		return random_start(s);
	case 1:
		return random_add(s);
	case 2:
		return random_submit(s);
	case 3:
	case 4:
		return random_poll(s);
	case 5:
		if (rand_r(&s->seed) % 4 == 0) {
			ring_abort(&rig.ring);
			s->open = 0;
		}
		return;
	case 6:
		rig_publish(&rig);
		return end_open(s);
	default:
		model_take(&rig.dev);
		model_assert_untouched(&rig.dev);
		if (rig.dev.nheads)
			model_use(&rig.dev, rig.dev.heads[rand_r(&s->seed) % rig.dev.nheads], 0);
	}
}

START_TEST(any_order_of_calls_keeps_ring_and_device_in_step)	/* CLEAN-1 */
{
	struct stress *s = calloc(1, sizeof(*s));

	s->seed = 1 + _i;
	s->next = 1;
	rig_up(&rig, 8, _i % RIG_SHAPES);
	for (int i = 0; i < 200000; i++)
		random_step(s);
	ring_abort(&rig.ring);
	rig_publish(&rig);
	model_serve(&rig.dev);
	for (uintptr_t cookie; (cookie = rig_poll(&rig, NULL));)
		got_back(s, cookie);
	ck_assert_uint_eq(s->out, 0);
	ck_assert_uint_eq(rig.ring.free_count, 8);
	ck_assert_int_eq(rig.ring.error, 0);
	free(s);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ring-order");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, down);
	tcase_add_loop_test(tc, completions_may_be_taken_while_a_request_is_open, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, open_request_grows_into_what_completes_meanwhile, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, request_on_a_full_ring_grows_into_what_completes, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, any_order_of_calls_keeps_ring_and_device_in_step, 0,
			    RIG_SHAPES * 2);
	return unit_run("ring-order", tc);
}
