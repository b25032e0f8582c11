/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Servers that break the protocol during the hand-shake, at every place and
 * in every way: open fails within its deadline, says what it waited for, and
 * leaves no descriptor behind.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "rig.h"

/* Bytes of the replies of peer.h's hand-shake: GET_FEATURES,
 * GET_PROTOCOL_FEATURES, SET_OWNER, GET_QUEUE_NUM, GET_MAX_MEM_SLOTS,
 * SET_BACKEND_REQ_FD, each a header and a u64. */
#define HANDSHAKE_BYTES (6 * 20)

static const char *const awaited[] = {
	"GET_FEATURES", "GET_PROTOCOL_FEATURES", "SET_OWNER", "GET_QUEUE_NUM",
	"GET_MAX_MEM_SLOTS", "SET_BACKEND_REQ_FD",
};

static void assert_nothing_left(const struct rig *rig)
{
	static const struct virtio_dev zero;

	ck_assert_int_eq(memcmp(&rig->vdev, &zero, sizeof(zero)), 0);
}

/* HARD-VU-5, VU-ERR-2 */
START_TEST(close_at_every_byte)
{
	const unsigned fds = count_fds();

	for (long at = 0; at < HANDSHAKE_BYTES; at++) {
		struct rig *rig = rig_new();

		rig->peer.close_after = at;
		ck_assert_int_eq(rig_open(rig, ""), -ECONNRESET);
		/* It may already be seen at the next message. */
		if (at % 20)
			assert_error_says(awaited[at / 20]);
		assert_error_says("closed the connection");
		assert_nothing_left(rig);
		rig_down(rig);
	}
	ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

/* HARD-VU-4 */
START_TEST(one_byte_at_a_time_is_fine)
{
	struct rig *rig = rig_new();

	rig->peer.chunk = 1;
	rig_started(rig, "", 4);
	rig_down(rig);
}
END_TEST

static bool say_nothing(struct peer *peer, struct peer_msg *msg)
{
	return msg->request == (uint32_t)peer->note;
}

/* HARD-VU-17 */
START_TEST(silence_ends_with_the_deadline)
{
	static const int requests[] = {
		GET_FEATURES, GET_PROTOCOL_FEATURES, SET_OWNER, GET_QUEUE_NUM, GET_MAX_MEM_SLOTS,
		SET_BACKEND_REQ_FD,
	};

	for (unsigned i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		const uint64_t start = now_ms();
		struct rig *rig = rig_new();

		rig->peer.hook = say_nothing;
		rig->peer.note = requests[i];
		ck_assert_int_eq(rig_open(rig, ",timeout=100"), -ETIMEDOUT);
		ck_assert_uint_lt(now_ms() - start, 2000);
		assert_error_says(awaited[i]);
		assert_error_says("busy");
		rig_down(rig);
	}
}
END_TEST

/* A byte now and then does not prolong anything. */
START_TEST(trickle_ends_with_the_deadline)
{
	const uint64_t start = now_ms();
	struct rig *rig = rig_new();

	rig->peer.chunk = 1;
	rig->peer.delay_us = 20000;
	ck_assert_int_eq(rig_open(rig, ",timeout=200"), -ETIMEDOUT);
	ck_assert_uint_lt(now_ms() - start, 2000);
	rig_down(rig);
}
END_TEST

/* A reply to GET_FEATURES that differs from the right one. */
struct wrong {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
	const char *field;
};

static const struct wrong wrongs[] = {
	{ GET_QUEUE_NUM, 0x5, 8, "request number" },	/* HARD-VU-1 */
	{ 0, 0x5, 8, "request number" },
	{ GET_FEATURES, 0x1, 8, "flags" },		/* HARD-VU-2 */
	{ GET_FEATURES, 0x4, 8, "flags" },
	{ GET_FEATURES, 0x6, 8, "flags" },
	{ GET_FEATURES, 0xd, 8, "flags" },
	{ GET_FEATURES, 0x5, 0, "size" },		/* HARD-VU-3 */
	{ GET_FEATURES, 0x5, 7, "size" },
	{ GET_FEATURES, 0x5, 9, "size" },
	{ GET_FEATURES, 0x5, UINT32_MAX, "size" },
};

static bool answer_wrongly(struct peer *peer, struct peer_msg *msg)
{
	const struct wrong *wrong = &wrongs[peer->note];

	if (msg->request != GET_FEATURES)
		return false;
	peer_write(peer, wrong->request, wrong->flags, wrong->size, &peer->features, 8, NULL, 0);
	return true;
}

START_TEST(wrong_headers_end_the_connection)
{
	for (unsigned i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct rig *rig = rig_new();

		rig->peer.hook = answer_wrongly;
		rig->peer.note = (int)i;
		ck_assert_int_eq(rig_open(rig, ""), -EPROTO);
		assert_error_says("GET_FEATURES");
		assert_error_says(wrongs[i].field);
		assert_nothing_left(rig);
		rig_down(rig);
	}
}
END_TEST

static bool answer_with_descriptors(struct peer *peer, struct peer_msg *msg)
{
	int fds[253];

	if (msg->request != GET_PROTOCOL_FEATURES)
		return false;
	for (int i = 0; i < peer->note; i++)
		fds[i] = STDIN_FILENO;
	peer_write(peer, msg->request, 0x5, 8, &peer->protocol, 8, fds, (unsigned)peer->note);
	return true;
}

/* HARD-VU-6 */
START_TEST(surplus_descriptors_are_closed)
{
	static const int amounts[] = { 1, 9, 253 };
	const unsigned before = count_fds();

	for (unsigned i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		struct rig *rig = rig_new();

		rig->peer.hook = answer_with_descriptors;
		rig->peer.note = amounts[i];
		ck_assert_int_eq(rig_open(rig, ""), -EPROTO);
		assert_error_says("descriptors");
		rig_down(rig);
		ck_assert_uint_eq(count_fds(), before);
	}
}
END_TEST

static bool answer_twice(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request == GET_FEATURES)
		peer_reply_u64(peer, msg->request, peer->features);
	return false;
}

/* VU-REPLY-3: exactly one reply comes. */
START_TEST(a_second_reply_ends_the_connection)
{
	struct rig *rig = rig_new();

	rig->peer.hook = answer_twice;
	ck_assert_int_eq(rig_open(rig, ""), -EPROTO);
	assert_error_says("GET_PROTOCOL_FEATURES");
	rig_down(rig);
}
END_TEST

/* VU-REPLY-5 */
START_TEST(a_refused_step_is_named)
{
	struct rig *rig = rig_new();

	rig->peer.nack = SET_OWNER;
	ck_assert_int_eq(rig_open(rig, ""), -EREMOTEIO);
	assert_error_says("the server refused SET_OWNER");
	assert_nothing_left(rig);
	rig_down(rig);
}
END_TEST

START_TEST(open_and_destruct_leak_no_descriptors)
{
	const unsigned fds = count_fds();

	for (int i = 0; i < 50; i++) {
		struct rig *rig = rig_new();

		rig_opened(rig, "");
		rig_down(rig);
	}
	ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		close_at_every_byte,
		one_byte_at_a_time_is_fine,
		silence_ends_with_the_deadline,
		trickle_ends_with_the_deadline,
		wrong_headers_end_the_connection,
		surplus_descriptors_are_closed,
		a_second_reply_ends_the_connection,
		a_refused_step_is_named,
		open_and_destruct_leak_no_descriptors,
	};

	return RUN_TESTS("vhost-user/faults", tests);
}
