/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Driver and device on two processors at once: no kick and no notification is
 * lost between them, however close the race.
 */
#include "config.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "meeting.h"
#include "ring-rig.h"

static struct ring_rig rig;

static void down(void)
{
	rig_down(&rig);
	memset(&rig, 0, sizeof(rig));
}

/*
 * Two threads that sleep unless they are told: the device until it is kicked,
 * the driver until it is notified. A lost kick or notification is a hang.
 */
#define ROUNDS 20000u

static sem_t kicked, notified;
static atomic_uint served;

static void device_wants_kicks(bool wanted)
{
	if (rig.dev.features & MODEL_EVENT_IDX)
		model_set_avail_event(&rig.dev, wanted ? rig.dev.seen : rig.dev.seen - 1);
	else
		model_set_used_flags(&rig.dev, !wanted);
	atomic_thread_fence(memory_order_seq_cst);
}

static void *device_thread(void *unused)
{
	unsigned before;

	(void)unused;
	while (served < ROUNDS) {
		device_wants_kicks(false);
		before = rig.dev.interrupts;
		served += model_serve(&rig.dev);
		if (rig.dev.interrupts != before)
			sem_post(&notified);
		device_wants_kicks(true);
		if (model_avail_idx(&rig.dev) == rig.dev.seen && served < ROUNDS)
			sem_wait(&kicked);
	}
	return NULL;
}

static unsigned collect(void)
{
	unsigned n = 0;

	while (rig_poll(&rig, NULL))
		n++;
	return n;
}

START_TEST(no_kick_and_no_notification_is_ever_lost)	/* SPLIT-NOTIFY-1, SPLIT-IDX-1 */
{
	unsigned sent = 0, back = 0;
	pthread_t thread;

	rig_up(&rig, 16, _i);
	served = 0;
	sem_init(&kicked, 0, 0);
	sem_init(&notified, 0, 0);
	pthread_create(&thread, NULL, device_thread, NULL);
	while (back < ROUNDS) {
		while (sent < ROUNDS && sent - back < 5 && !rig_submit(&rig, 1, 1, 1))
			sent++;
		if (rig_publish(&rig))
			sem_post(&kicked);
		back += collect();
		if (back < sent && sent - back >= 3 && !rig.ring.ops->arm(&rig.ring))
			sem_wait(&notified);
		rig.ring.ops->disarm(&rig.ring);
		back += collect();
	}
	pthread_join(thread, NULL);
	ck_assert_uint_eq(back, ROUNDS);
}
END_TEST

/*
 * The same for two threads that meet as closely as they can: each stores what
 * the other looks at. If neither sees the other, somebody sleeps for ever.
 */
static unsigned meetings;

static struct meeting meeting;	/* the other side is the device */
static atomic_bool device_saw;

static void *look_for_buffers(void *unused)
{
	(void)unused;
	for (unsigned at = 1; at; at = meeting_next(&meeting, at)) {
		meeting_wait(&meeting, true, at);
		device_wants_kicks(true);
		device_saw = model_avail_idx(&rig.dev) != rig.dev.seen;
		meeting_wait(&meeting, true, at + 1);
	}
	return NULL;
}

START_TEST(buffers_are_kicked_for_or_seen)	/* SPLIT-NOTIFY-1 */
{
	pthread_t thread;
	bool kick;

	rig_up(&rig, 16, _i);
	meeting_begin(&meeting, meetings);
	pthread_create(&thread, NULL, look_for_buffers, NULL);
	for (unsigned at = 1; at; at = meeting_next(&meeting, at)) {
		device_wants_kicks(false);
		must(!rig_submit(&rig, 1, 0, 1));
		meeting_wait(&meeting, false, at);
		kick = rig_publish(&rig);
		meeting_wait(&meeting, false, at + 1);
		must(kick || device_saw);
		meeting_balance(&meeting, !device_saw);
		model_serve(&rig.dev);
		must(rig_poll(&rig, NULL));
	}
	pthread_join(thread, NULL);
}
END_TEST

static void *complete(void *unused)
{
	(void)unused;
	for (unsigned at = 1; at; at = meeting_next(&meeting, at)) {
		meeting_wait(&meeting, true, at);
		model_serve(&rig.dev);
		meeting_wait(&meeting, true, at + 1);
	}
	return NULL;
}

START_TEST(completions_are_notified_of_or_seen)	/* SPLIT-USEDEV-6 */
{
	pthread_t thread;
	bool seen;

	rig_up(&rig, 16, _i);
	meeting_begin(&meeting, meetings);
	pthread_create(&thread, NULL, complete, NULL);
	for (unsigned at = 1; at; at = meeting_next(&meeting, at)) {
		rig_post(&rig, 1, 1);
		rig.dev.interrupts = 0;
		meeting_wait(&meeting, false, at);
		seen = rig.ring.ops->arm(&rig.ring);
		meeting_wait(&meeting, false, at + 1);
		must(seen || rig.dev.interrupts);
		meeting_balance(&meeting, seen);
		rig.ring.ops->disarm(&rig.ring);
		must(rig_poll(&rig, NULL));
	}
	pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ring-race");

	meetings = meeting_rounds(20000);
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, down);
	tcase_add_loop_test(tc, no_kick_and_no_notification_is_ever_lost, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, buffers_are_kicked_for_or_seen, 0, RIG_SHAPES);
	tcase_add_loop_test(tc, completions_are_notified_of_or_seen, 0, RIG_SHAPES);
	return unit_run("ring-race", tc);
}
