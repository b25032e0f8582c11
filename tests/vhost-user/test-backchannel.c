/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The back channel: served by the poll path and while a reply is awaited,
 * refusing what is not understood, and never a reason to hang.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

/* Requests of the server's. */
enum { IOTLB_MSG = 1, CONFIG_CHANGE = 2, SHARED_OBJECT_LOOKUP = 8, UNKNOWN = 4711 };

static void look(struct rig *rig)
{
	uint32_t events;

	assert_ok(virtio_dev_poll_events(&rig->vdev, &events));
}

/* VU-BC-2 */
START_TEST(a_config_change_is_an_event)
{
	struct rig *rig = rig_new();

	rig_opened(rig, "");
	peer_ask(&rig->peer, CONFIG_CHANGE, false, 0, -1);
	ck_assert_uint_eq(rig_events(rig, VIRTIO_EVENT_CONFIG), VIRTIO_EVENT_CONFIG);
	rig_down(rig);
}
END_TEST

/* VU-REPLY-7 */
START_TEST(a_config_change_is_acked_if_that_is_asked_for)
{
	struct rig *rig = rig_new();

	rig_opened(rig, "");
	peer_ask(&rig->peer, CONFIG_CHANGE, true, 0, -1);
	look(rig);
	ck_assert_int_eq(peer_answer(&rig->peer, CONFIG_CHANGE), 0);
	rig_down(rig);
}
END_TEST

/* The data path looks too, without any control call. */
START_TEST(polling_a_queue_serves_it)
{
	struct rig *rig = rig_new();
	void *cookie;

	rig_started(rig, "", 1);
	peer_ask(&rig->peer, CONFIG_CHANGE, true, 0, -1);
	for (uint64_t end = now_ms() + 100; now_ms() < end;)
		ck_assert_uint_eq(virtio_recv_pkts(rig->vdev.vqs[0], &cookie, NULL, 1), 0);
	ck_assert_int_eq(peer_answer(&rig->peer, CONFIG_CHANGE), 0);
	rig_down(rig);
}
END_TEST

/* VU-BC-11 */
START_TEST(unknown_requests_are_refused_and_the_connection_lives)
{
	struct rig *rig = rig_new();
	uint8_t byte;

	rig_opened(rig, "");
	peer_ask(&rig->peer, UNKNOWN, true, 100, -1);
	peer_ask(&rig->peer, IOTLB_MSG, true, 32, -1);
	look(rig);
	ck_assert_int_gt(peer_answer(&rig->peer, UNKNOWN), 0);
	ck_assert_int_gt(peer_answer(&rig->peer, IOTLB_MSG), 0);
	assert_ok(virtio_dev_read_dev_config(&rig->vdev, 0, &byte, 1));
	rig_down(rig);
}
END_TEST

START_TEST(no_answer_is_given_that_was_not_asked_for)
{
	struct rig *rig = rig_new();

	rig_opened(rig, "");
	peer_ask(&rig->peer, UNKNOWN, false, 8, -1);
	peer_ask(&rig->peer, CONFIG_CHANGE, true, 0, -1);
	look(rig);
	ck_assert_int_eq(peer_answer(&rig->peer, CONFIG_CHANGE), 0);
	rig_down(rig);
}
END_TEST

/* VU-BC-8 */
START_TEST(a_lookup_is_always_answered)
{
	struct rig *rig = rig_new();

	rig_opened(rig, "");
	peer_ask(&rig->peer, SHARED_OBJECT_LOOKUP, false, 16, -1);
	look(rig);
	ck_assert_int_gt(peer_answer(&rig->peer, SHARED_OBJECT_LOOKUP), 0);
	rig_down(rig);
}
END_TEST

/* HARD-VU-6 */
START_TEST(descriptors_that_come_along_are_closed)
{
	struct rig *rig = rig_new();
	unsigned fds;

	rig_opened(rig, "");
	fds = count_fds();
	for (int i = 0; i < 10; i++)
		peer_ask(&rig->peer, UNKNOWN, false, 40, STDIN_FILENO);
	look(rig);
	ck_assert_uint_eq(count_fds(), fds);
	rig_down(rig);
}
END_TEST

static bool ask_before_answering(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request != GET_CONFIG)
		return false;
	peer_ask(peer, CONFIG_CHANGE, true, 0, -1);
	if (peer->note == 0)
		peer->note = peer_answer(peer, CONFIG_CHANGE) == 0 ? 1 : -1;
	else
		peer_answer(peer, CONFIG_CHANGE);
	return false;
}

/* VU-REPLY-8, HARD-VU-11 */
START_TEST(it_is_served_while_a_reply_is_awaited)
{
	struct rig *rig = rig_new();
	uint8_t byte;

	rig->peer.hook = ask_before_answering;
	rig_opened(rig, "");
	/* The configuration seems to change during every read: that too ends. */
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, &byte, 1), -EAGAIN);
	ck_assert_int_eq(synced(rig)->note, 1);
	rig_down(rig);
}
END_TEST

static bool flood_instead_of_answering(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request != GET_STATUS)
		return false;
	for (int i = 0; i < 200000; i++) {
		const uint32_t change[3] = { CONFIG_CHANGE, 0x1, 0 };

		if (send(peer->back, change, sizeof(change), MSG_NOSIGNAL) < 0)
			break;
	}
	return true;
}

/* HARD-VU-12: nor does it prolong a wait. */
START_TEST(a_flood_does_not_hide_the_deadline)
{
	struct rig *rig = rig_new();
	uint64_t start;

	rig->peer.protocol |= BIT64(PF_STATUS);
	rig->peer.hook = flood_instead_of_answering;
	rig_opened(rig, ",timeout=300");
	start = now_ms();
	ck_assert_uint_eq(virtio_dev_get_status(&rig->vdev), 0xff);
	ck_assert_uint_lt(now_ms() - start, 2000);
	rig_down(rig);
}
END_TEST

static bool flood_then_answer(struct peer *peer, struct peer_msg *msg)
{
	const uint32_t change[3] = { CONFIG_CHANGE, 0x1, 0 };

	for (int i = 0; msg->request == GET_STATUS && i < 5000; i++)
		send(peer->back, change, sizeof(change), MSG_NOSIGNAL);
	return false;
}

START_TEST(a_flood_does_not_hide_a_reply)
{
	struct rig *rig = rig_new();

	rig->peer.protocol |= BIT64(PF_STATUS);
	rig->peer.hook = flood_then_answer;
	rig_opened(rig, "");
	ck_assert_uint_eq(virtio_dev_get_status(&rig->vdev), 0);
	rig_down(rig);
}
END_TEST

/* A server that never reads its answers is held up by its own socket. */
START_TEST(answers_that_nobody_reads_do_not_block)
{
	const uint32_t ask[3] = { UNKNOWN, 0x9, 0 };
	struct rig *rig = rig_new();
	uint8_t byte;

	rig_opened(rig, "");
	for (int i = 0; i < 100000; i++) {
		if (send(synced(rig)->back, ask, sizeof(ask), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			look(rig);
		if (i % 1000 == 0)
			assert_ok(virtio_dev_read_dev_config(&rig->vdev, 0, &byte, 1));
	}
	rig_down(rig);
}
END_TEST

/* Not understood is not the same as unknown: here it is the framing. */
static void assert_only_the_channel_ends(const uint32_t header[3])
{
	struct rig *rig = rig_new();
	uint8_t byte;
	uint32_t events;

	rig_opened(rig, "");
	ck_assert_int_eq(send(synced(rig)->back, header, 12, MSG_NOSIGNAL), 12);
	assert_ok(virtio_dev_poll_events(&rig->vdev, &events));
	ck_assert_uint_eq(events & VIRTIO_EVENT_PEER_LOST, 0);
	ck_assert_int_eq(recv(synced(rig)->back, &byte, 1, 0), 0);
	assert_ok(virtio_dev_read_dev_config(&rig->vdev, 0, &byte, 1));
	rig_down(rig);
}

START_TEST(a_malformed_request_ends_the_channel_only)
{
	static const uint32_t headers[][3] = {
		{ CONFIG_CHANGE, 0x2, 0 },
		{ CONFIG_CHANGE, 0x5, 0 },
		{ CONFIG_CHANGE, 0x1, UINT32_MAX },
	};

	for (unsigned i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_only_the_channel_ends(headers[i]);
}
END_TEST

START_TEST(the_server_may_close_its_end)
{
	struct rig *rig = rig_new();
	uint32_t events;
	uint8_t byte;

	rig_opened(rig, "");
	shutdown(synced(rig)->back, SHUT_RDWR);
	assert_ok(virtio_dev_poll_events(&rig->vdev, &events));
	ck_assert_uint_eq(events, 0);
	assert_ok(virtio_dev_read_dev_config(&rig->vdev, 0, &byte, 1));
	rig_down(rig);
}
END_TEST

START_TEST(a_request_may_come_in_pieces)
{
	const uint32_t header[3] = { UNKNOWN, 0x9, 6 };
	uint8_t bytes[18] = { 0 };
	struct rig *rig = rig_new();

	rig_opened(rig, "");
	memcpy(bytes, header, sizeof(header));
	for (unsigned i = 0; i < sizeof(bytes); i++) {
		ck_assert_int_eq(send(synced(rig)->back, &bytes[i], 1, MSG_NOSIGNAL), 1);
		look(rig);
	}
	ck_assert_int_gt(peer_answer(&rig->peer, UNKNOWN), 0);
	peer_ask(&rig->peer, CONFIG_CHANGE, true, 0, -1);
	look(rig);
	ck_assert_int_eq(peer_answer(&rig->peer, CONFIG_CHANGE), 0);
	rig_down(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_config_change_is_an_event,
		a_config_change_is_acked_if_that_is_asked_for,
		polling_a_queue_serves_it,
		unknown_requests_are_refused_and_the_connection_lives,
		no_answer_is_given_that_was_not_asked_for,
		a_lookup_is_always_answered,
		descriptors_that_come_along_are_closed,
		it_is_served_while_a_reply_is_awaited,
		a_flood_does_not_hide_the_deadline,
		a_flood_does_not_hide_a_reply,
		answers_that_nobody_reads_do_not_block,
		a_malformed_request_ends_the_channel_only,
		the_server_may_close_its_end,
		a_request_may_come_in_pieces,
	};

	return RUN_TESTS("vhost-user/backchannel", tests);
}
