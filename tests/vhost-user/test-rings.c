/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rings: the order in which they are made known, enabled, kicked and stopped,
 * and that requests pass through them.
 */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"

static void assert_trace(struct rig *rig, const char *expected)
{
	char *trace = peer_trace(&rig->peer);

	ck_assert_str_eq(trace, expected);
	free(trace);
}

/* VU-RING-2, VU-RING-11: a server with few slots, so nothing is parked. */
START_TEST(golden_trace_of_start_and_stop)
{
	struct rig *rig = rig_new();

	rig->peer.mem_slots = 8;
	rig_negotiated(rig, "");
	peer_clear_trace(&rig->peer);
	assert_ok(virtio_dev_start(&rig->vdev, 2, 0));
	assert_trace(rig,
		     "ADD_MEM_REG fds 1 ack\n"
		     "SET_VRING_NUM 0 256 ack\n"
		     "SET_VRING_BASE 0 0 ack\n"
		     "SET_VRING_ADDR 0 fds 0 ack\n"
		     "SET_VRING_CALL 0 fds 1 ack\n"
		     "SET_VRING_ERR 0 fds 1 ack\n"
		     "SET_VRING_KICK 0 fds 1 ack\n"
		     "SET_VRING_NUM 1 256 ack\n"
		     "SET_VRING_BASE 1 0 ack\n"
		     "SET_VRING_ADDR 1 fds 0 ack\n"
		     "SET_VRING_CALL 1 fds 1 ack\n"
		     "SET_VRING_ERR 1 fds 1 ack\n"
		     "SET_VRING_KICK 1 fds 1 ack\n"
		     "SET_VRING_ENABLE 0 1 ack\n"
		     "SET_VRING_ENABLE 1 1 ack\n");
	peer_clear_trace(&rig->peer);
	assert_ok(virtio_dev_stop(&rig->vdev));
	assert_trace(rig,
		     "SET_VRING_ENABLE 0 0 ack\n"
		     "SET_VRING_ENABLE 1 0 ack\n"
		     "GET_VRING_BASE 0 0\n"
		     "GET_VRING_BASE 1 0\n"
		     "REM_MEM_REG fds 0 ack\n");
	rig_down(rig);
}
END_TEST

/* DPDK's and SPDK's servers start a ring only then. */
START_TEST(driver_ok_comes_after_every_enable)
{
	struct rig *rig = rig_new();
	char *trace;

	rig->peer.protocol |= BIT64(PF_STATUS);
	rig_started(rig, "", 2);
	trace = peer_trace(&rig->peer);
	ck_assert_ptr_nonnull(strstr(trace, "SET_VRING_ENABLE 1 1 ack\nSET_STATUS 0xf ack\n"));
	free(trace);
	rig_down(rig);
}
END_TEST

/* VU-RESET-1 */
START_TEST(with_status_stop_ends_in_a_reset)
{
	struct rig *rig = rig_new();
	const char *last = "SET_STATUS 0 ack\n";
	char *trace;

	rig->peer.protocol |= BIT64(PF_STATUS);
	rig_started(rig, "", 1);
	assert_ok(virtio_dev_stop(&rig->vdev));
	trace = peer_trace(&rig->peer);
	ck_assert_str_eq(trace + strlen(trace) - strlen(last), last);
	free(trace);
	ck_assert_uint_eq(synced(rig)->status, 0);
	rig_down(rig);
}
END_TEST

/* VU-RESET-2 */
START_TEST(with_reset_device_stop_ends_in_it)
{
	struct rig *rig = rig_new();

	rig->peer.protocol |= BIT64(PF_RESET_DEVICE);
	rig_started(rig, "", 1);
	peer_clear_trace(&rig->peer);
	assert_ok(virtio_dev_stop(&rig->vdev));
	ck_assert_uint_eq(peer_count(&rig->peer, "RESET_DEVICE ack"), 1);
	rig_down(rig);
}
END_TEST

/* VU-REPLY-6, VU-RING-4 */
START_TEST(without_acks_enabling_is_fenced)
{
	struct rig *rig = rig_new();
	char *trace;

	rig->peer.protocol &= ~BIT64(PF_REPLY_ACK);
	rig_started(rig, "", 1);
	trace = peer_trace(&rig->peer);
	ck_assert_ptr_nonnull(strstr(trace, "SET_VRING_ENABLE 0 1\nGET_FEATURES\n"));
	free(trace);
	rig_down(rig);
}
END_TEST

/* VU-RING-3, INIT-14 */
START_TEST(each_ring_is_kicked_once_at_start)
{
	struct rig *rig = rig_new();

	rig_started(rig, "", 3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(peer_kicks(&rig->peer, i), 1);
	rig_down(rig);
}
END_TEST

START_TEST(a_flush_kicks_once)
{
	struct rig *rig = rig_new();

	rig_started(rig, ",event-idx=off", 1);
	peer_kicks(&rig->peer, 0);
	rig_submit(rig, 0, 0, 5);
	ck_assert_uint_eq(peer_kicks(&rig->peer, 0), 1);
	peer_serve(&rig->peer, 0, 5);
	rig_collect(rig, 0, 0, 5);
	rig_down(rig);
}
END_TEST

/* VU-RING-16 */
START_TEST(a_saturated_kick_is_no_error)
{
	const uint64_t full = UINT64_MAX - 1;
	struct rig *rig = rig_new();

	rig_started(rig, ",event-idx=off", 1);
	peer_kicks(&rig->peer, 0);
	ck_assert_int_eq(write(synced(rig)->rings[0].kick, &full, sizeof(full)), sizeof(full));
	rig_submit(rig, 0, 0, 1);
	ck_assert_int_eq(virtqueue_get_error(rig->vdev.vqs[0]), 0);
	ck_assert_uint_eq(peer_kicks(&rig->peer, 0), full);
	peer_serve(&rig->peer, 0, 1);
	rig_collect(rig, 0, 0, 1);
	rig_down(rig);
}
END_TEST

START_TEST(requests_pass_through_every_ring)
{
	struct rig *rig = rig_new();

	rig_started(rig, ",queue-size=8", 4);
	for (unsigned round = 0; round < 100; round++)
		for (unsigned i = 0; i < 4; i++) {
			rig_submit(rig, i, round, 4);
			ck_assert_uint_eq(peer_serve(&rig->peer, i, 256), 4);
			ck_assert_uint_eq(rig_collect(rig, i, round, 4), 4);
			ck_assert_uint_eq(rig->mem[64], 0);
		}
	rig_down(rig);
}
END_TEST

START_TEST(the_queue_size_option_is_told)
{
	struct rig *rig = rig_new();

	rig_started(rig, ",queue-size=32768", 1);
	ck_assert_uint_eq(synced(rig)->rings[0].num, 32768);
	ck_assert_uint_eq(virtqueue_size(rig->vdev.vqs[0]), 32768);
	rig_down(rig);
}
END_TEST

/* VU-MSG-9: alignment 16, 2, 4. */
START_TEST(ring_areas_are_aligned)
{
	struct rig *rig = rig_new();

	rig_started(rig, ",queue-size=2", 4);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(synced(rig)->rings[i].desc % 16, 0);
		ck_assert_uint_eq(synced(rig)->rings[i].avail % 2, 0);
		ck_assert_uint_eq(synced(rig)->rings[i].used % 4, 0);
	}
	rig_down(rig);
}
END_TEST

/* VU-RING-9: eventfds are sent anew, whatever the server did with the old. */
START_TEST(a_device_starts_again_on_the_same_connection)
{
	struct rig *rig = rig_new();

	rig_started(rig, "", 2);
	for (unsigned i = 0; i < 5; i++) {
		rig_submit(rig, 1, i, 3);
		ck_assert_uint_eq(peer_serve(&rig->peer, 1, 3), 3);
		ck_assert_uint_eq(rig_collect(rig, 1, i, 3), 3);
		assert_ok(virtio_dev_stop(&rig->vdev));
		rig_restart(rig, i % 2 + 2);
	}
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_OWNER"), 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_VRING_KICK 1 fds 1 ack"), 6);
	rig_down(rig);
}
END_TEST

static bool finish_before_answering(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request == GET_VRING_BASE)
		peer_serve(peer, 0, 256);
	return false;
}

/* VU-RING-8 */
START_TEST(what_completes_during_stop_is_handed_back)
{
	struct rig *rig = rig_new();

	rig->peer.hook = finish_before_answering;
	rig_started(rig, "", 1);
	rig_submit(rig, 0, 7, 20);
	assert_ok(virtio_dev_stop(&rig->vdev));
	ck_assert_uint_eq(rig_collect(rig, 0, 7, 20), 20);
	rig_down(rig);
}
END_TEST

/* Merely posted: the server has not looked at them. */
START_TEST(what_was_not_taken_fails_at_stop)
{
	struct rig *rig = rig_new();

	rig_started(rig, "", 1);
	rig_submit(rig, 0, 7, 20);
	assert_ok(virtio_dev_stop(&rig->vdev));
	ck_assert_uint_eq(rig_collect(rig, 0, 7, 20), 0);
	rig_down(rig);
}
END_TEST

/* A server that answers while it still holds requests has not stopped. */
START_TEST(what_was_taken_and_kept_is_waited_for)
{
	struct rig *rig = rig_new();

	rig_started(rig, ",timeout=200", 1);
	rig_submit(rig, 0, 7, 3);
	ck_assert_uint_eq(peer_take(&rig->peer, 0, 3), 3);
	ck_assert_int_eq(virtio_dev_stop(&rig->vdev), -ETIMEDOUT);
	assert_error_says("did not finish the requests");
	ck_assert_uint_eq(rig_collect(rig, 0, 7, 3), 0);
	rig_down(rig);
}
END_TEST

static bool wild_base(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request != GET_VRING_BASE)
		return false;
	msg->u.state.num = (uint32_t)peer->note;
	peer_reply(peer, msg->request, msg->u.bytes, 8);
	return true;
}

/* HARD-VU-15 */
START_TEST(an_impossible_base_ends_the_connection)
{
	static const int bases[] = { 65536, 0x7fffffff, 257 };

	for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		struct rig *rig = rig_new();
		char *trace;

		rig->peer.hook = wild_base;
		rig->peer.note = bases[i];
		rig_started(rig, "", 1);
		(void)virtio_dev_stop(&rig->vdev);
		ck_assert_uint_eq(rig_events(rig, VIRTIO_EVENT_PEER_LOST) &
				  VIRTIO_EVENT_PEER_LOST, VIRTIO_EVENT_PEER_LOST);
		trace = peer_trace(&rig->peer);
		ck_assert_ptr_null(strstr(trace, "REM_MEM_REG"));
		free(trace);
		rig_down(rig);
	}
}
END_TEST

START_TEST(a_refused_step_of_start_is_named)
{
	static const uint32_t steps[] = {
		ADD_MEM_REG, SET_VRING_NUM, SET_VRING_BASE, SET_VRING_ADDR, SET_VRING_CALL,
		SET_VRING_ERR, SET_VRING_KICK, SET_VRING_ENABLE,
	};
	static const char *const names[] = {
		"refused ADD_MEM_REG", "refused SET_VRING_NUM", "refused SET_VRING_BASE",
		"refused SET_VRING_ADDR", "refused SET_VRING_CALL", "refused SET_VRING_ERR",
		"refused SET_VRING_KICK", "refused SET_VRING_ENABLE",
	};

	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct rig *rig = rig_new();

		rig_negotiated(rig, "");
		rig_nack(rig, steps[i]);
		ck_assert_int_lt(virtio_dev_start(&rig->vdev, 2, 0), 0);
		assert_error_says(names[i]);
		rig_nack(rig, 0);
		rig_restart(rig, 2);
		rig_down(rig);
	}
}
END_TEST

/* VU-ERR-1 */
START_TEST(a_ring_error_is_an_event)
{
	struct rig *rig = rig_new();

	rig_started(rig, "", 2);
	peer_error(&rig->peer, 1);
	ck_assert_uint_eq(rig_events(rig, VIRTIO_EVENT_NEEDS_RESET), VIRTIO_EVENT_NEEDS_RESET);
	rig_down(rig);
}
END_TEST

START_TEST(a_call_wakes_a_sleeper)
{
	struct rig *rig = rig_new();

	rig_started(rig, "", 1);
	rig_submit(rig, 0, 0, 1);
	ck_assert_int_eq(virtqueue_arm(rig->vdev.vqs[0]), 0);
	peer_serve(&rig->peer, 0, 1);
	peer_call(&rig->peer, 0);
	ck_assert_int_eq(virtqueue_wait(rig->vdev.vqs[0], 5000), 1);
	rig_collect(rig, 0, 0, 1);
	rig_down(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		golden_trace_of_start_and_stop,
		driver_ok_comes_after_every_enable,
		with_status_stop_ends_in_a_reset,
		with_reset_device_stop_ends_in_it,
		without_acks_enabling_is_fenced,
		each_ring_is_kicked_once_at_start,
		a_flush_kicks_once,
		a_saturated_kick_is_no_error,
		requests_pass_through_every_ring,
		the_queue_size_option_is_told,
		ring_areas_are_aligned,
		a_device_starts_again_on_the_same_connection,
		what_completes_during_stop_is_handed_back,
		what_was_not_taken_fails_at_stop,
		what_was_taken_and_kept_is_waited_for,
		an_impossible_base_ends_the_connection,
		a_refused_step_of_start_is_named,
		a_ring_error_is_an_event,
		a_call_wakes_a_sleeper,
	};

	return RUN_TESTS("vhost-user/rings", tests);
}
