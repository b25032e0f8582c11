/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server that dies, goes silent or talks nonsense while the device is in
 * use: noticed, reported once, every cookie handed back, nothing hangs.
 */
#include "config.h"

#include <endian.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"

/* HARD-VU-18: by polling alone, without any control call. */
START_TEST(death_fails_every_cookie_once)
{
	struct rig *rig = rig_new();

	rig_started(rig, "", 1);
	rig_submit(rig, 0, 100, 64);
	peer_serve(&rig->peer, 0, 10);
	ck_assert_uint_eq(rig_collect(rig, 0, 100, 10), 10);
	peer_die(&rig->peer);
	ck_assert_uint_eq(rig_collect(rig, 0, 110, 54), 0);
	ck_assert_int_eq(virtqueue_get_error(rig->vdev.vqs[0]), -ECONNRESET);
	rig_down(rig);
}
END_TEST

START_TEST(death_is_an_event)
{
	struct rig *rig = rig_new();
	uint32_t events;

	rig_started(rig, "", 1);
	peer_die(&rig->peer);
	ck_assert_uint_eq(rig_events(rig, VIRTIO_EVENT_PEER_LOST), VIRTIO_EVENT_PEER_LOST);
	assert_ok(virtio_dev_poll_events(&rig->vdev, &events));
	ck_assert_uint_eq(events, 0);
	rig_down(rig);
}
END_TEST

START_TEST(death_wakes_a_sleeper)
{
	struct rig *rig = rig_new();

	rig_started(rig, "", 1);
	rig_submit(rig, 0, 0, 1);
	peer_die(&rig->peer);
	ck_assert_int_ne(virtqueue_wait(rig->vdev.vqs[0], 10000), 0);
	ck_assert_uint_eq(rig_collect(rig, 0, 0, 1), 0);
	rig_down(rig);
}
END_TEST

START_TEST(death_makes_the_event_descriptor_readable)
{
	struct rig *rig = rig_new();
	struct pollfd poller = { .events = POLLIN };

	rig_opened(rig, "");
	poller.fd = virtio_dev_get_event_fd(&rig->vdev);
	ck_assert_int_ge(poller.fd, 0);
	ck_assert_int_eq(poll(&poller, 1, 0), 0);
	peer_die(&rig->peer);
	ck_assert_int_eq(poll(&poller, 1, 5000), 1);
	rig_down(rig);
}
END_TEST

START_TEST(after_death_calls_say_so_at_once)
{
	struct rig *rig = rig_new();
	uint8_t byte;

	rig_started(rig, "", 1);
	peer_die(&rig->peer);
	rig_events(rig, VIRTIO_EVENT_PEER_LOST);
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, &byte, 1), -ECONNRESET);
	assert_error_says("closed the connection");
	ck_assert_uint_eq(virtio_dev_get_status(&rig->vdev), 0xff);
	assert_ok(virtio_dev_stop(&rig->vdev));
	ck_assert_int_eq(virtio_dev_reset(&rig->vdev, ALL_FEATURES), -ECONNRESET);
	rig_down(rig);
}
END_TEST

/* Bytes that nobody asked for: the two sides no longer agree. */
START_TEST(unexpected_bytes_end_the_connection)
{
	struct rig *rig = rig_new();

	rig_started(rig, "", 1);
	peer_reply_u64(&rig->peer, GET_FEATURES, 0);
	rig_events(rig, VIRTIO_EVENT_PEER_LOST);
	ck_assert_int_eq(virtqueue_get_error(rig->vdev.vqs[0]), -ECONNRESET);
	rig_down(rig);
}
END_TEST

static bool say_nothing(struct peer *peer, struct peer_msg *msg)
{
	return msg->request == (uint32_t)peer->note;
}

/* HARD-VU-17, VU-RESET-4: what the server may still touch is not reused. */
START_TEST(a_silent_server_makes_stop_time_out)
{
	const uint64_t start = now_ms();
	struct rig *rig = rig_new();

	rig->peer.hook = say_nothing;
	rig->peer.note = GET_VRING_BASE;
	rig_started(rig, ",timeout=200", 1);
	rig_submit(rig, 0, 5, 3);
	ck_assert_int_eq(virtio_dev_stop(&rig->vdev), -ETIMEDOUT);
	assert_error_says("GET_VRING_BASE");
	ck_assert_uint_lt(now_ms() - start, 3000);
	ck_assert_uint_eq(rig_collect(rig, 0, 5, 3), 0);
	rig_down(rig);
}
END_TEST

START_TEST(after_a_stop_that_timed_out_the_device_is_lost)
{
	struct rig *rig = rig_new();

	rig->peer.hook = say_nothing;
	rig->peer.note = GET_VRING_BASE;
	rig_started(rig, ",timeout=100", 1);
	ck_assert_int_eq(virtio_dev_stop(&rig->vdev), -ETIMEDOUT);
	ck_assert_int_eq(virtio_dev_reset(&rig->vdev, ALL_FEATURES), -ECONNRESET);
	assert_error_says("GET_VRING_BASE");
	ck_assert_uint_eq(rig_events(rig, VIRTIO_EVENT_PEER_LOST), VIRTIO_EVENT_PEER_LOST);
	rig_down(rig);
}
END_TEST

START_TEST(a_silent_server_is_lost_after_one_deadline)
{
	struct rig *rig = rig_new();
	uint64_t start;
	uint8_t byte;

	rig->peer.hook = say_nothing;
	rig->peer.note = GET_CONFIG;
	rig_started(rig, ",timeout=1000", 1);
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, &byte, 1), -ETIMEDOUT);
	start = now_ms();
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, &byte, 1), -ECONNRESET);
	ck_assert_uint_lt(now_ms() - start, 900);
	rig_down(rig);
}
END_TEST

static bool die_at(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request == (uint32_t)peer->note)
		peer_die(peer);
	return msg->request == (uint32_t)peer->note;
}

/* HARD-VU-5 at every step of a start and a stop. */
START_TEST(death_at_every_step_is_an_error)
{
	static const int steps[] = {
		SET_FEATURES, ADD_MEM_REG, SET_VRING_NUM, SET_VRING_BASE, SET_VRING_ADDR,
		SET_VRING_CALL, SET_VRING_ERR, SET_VRING_KICK, SET_VRING_ENABLE,
	};
	const unsigned fds = count_fds();

	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct rig *rig = rig_new();
		int err;

		rig->peer.hook = die_at;
		rig->peer.note = steps[i];
		rig_opened(rig, "");
		err = virtio_dev_reset(&rig->vdev, ALL_FEATURES);
		if (!err)
			err = virtio_dev_start(&rig->vdev, 1, 0);
		ck_assert_int_eq(err, -ECONNRESET);
		assert_error_says("closed the connection");
		rig_down(rig);
	}
	/* The arena that rings were taken from may stay. */
	ck_assert_uint_le(count_fds(), fds + 1);
}
END_TEST

/* It leads nowhere, so it is not waited for. */
START_TEST(an_impossible_used_index_ends_the_connection)
{
	static const uint16_t indices[] = { 1, 1000, 32768, UINT16_MAX - 256 };

	for (unsigned i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
		struct rig *rig = rig_new();
		const uint64_t start = now_ms();

		rig_started(rig, ",timeout=5000", 1);
		((uint16_t *)rig->vdev.vqs[0]->vq_device)[1] = htole16(indices[i]);
		ck_assert_int_eq(virtio_dev_stop(&rig->vdev), -EPROTO);
		assert_error_says("which cannot be");
		ck_assert_uint_lt(now_ms() - start, 3000);
		rig_down(rig);
	}
}
END_TEST

START_TEST(death_during_stop_is_a_stop)
{
	struct rig *rig = rig_new();

	rig->peer.hook = die_at;
	rig->peer.note = GET_VRING_BASE;
	rig_started(rig, "", 1);
	rig_submit(rig, 0, 5, 3);
	assert_ok(virtio_dev_stop(&rig->vdev));
	ck_assert_uint_eq(rig_collect(rig, 0, 5, 3), 0);
	rig_down(rig);
}
END_TEST

START_TEST(start_and_stop_leak_no_descriptors)
{
	unsigned fds = 0;

	for (int i = 0; i < 20; i++) {
		struct rig *rig = rig_new();

		rig_started(rig, "", 4);
		assert_ok(virtio_dev_stop(&rig->vdev));
		rig_restart(rig, 3);
		if (i % 2)
			peer_die(&rig->peer);
		rig_down(rig);
		if (i == 1)
			fds = count_fds();
	}
	ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		death_fails_every_cookie_once,
		death_is_an_event,
		death_wakes_a_sleeper,
		death_makes_the_event_descriptor_readable,
		after_death_calls_say_so_at_once,
		unexpected_bytes_end_the_connection,
		a_silent_server_makes_stop_time_out,
		after_a_stop_that_timed_out_the_device_is_lost,
		a_silent_server_is_lost_after_one_deadline,
		death_at_every_step_is_an_error,
		an_impossible_used_index_ends_the_connection,
		death_during_stop_is_a_stop,
		start_and_stop_leak_no_descriptors,
	};

	return RUN_TESTS("vhost-user/loss", tests);
}
