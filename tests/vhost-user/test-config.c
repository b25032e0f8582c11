/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration space over GET_CONFIG and SET_CONFIG, with servers that have
 * less than is asked for and say so in their different ways.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "rig.h"

static uint8_t space[256];

/* VU-CFG-3, VU-CFG-6: from offset 0, and never further than was asked. */
START_TEST(a_read_asks_from_0_to_its_end)
{
	struct rig *rig = rig_new();

	rig_opened(rig, "");
	assert_ok(virtio_dev_read_dev_config(&rig->vdev, 20, space, 4));
	ck_assert_uint_eq(peer_count(&rig->peer, "GET_CONFIG 0+24 flags 0"), 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "GET_CONFIG"), 1);
	ck_assert_mem_eq(space, synced(rig)->config + 20, 4);
	rig_down(rig);
}
END_TEST

START_TEST(the_whole_of_it_can_be_read)
{
	struct rig *rig = rig_new();

	rig->peer.config_len = 256;
	rig_opened(rig, "");
	assert_ok(virtio_dev_read_dev_config(&rig->vdev, 0, space, 256));
	ck_assert_mem_eq(space, synced(rig)->config, 256);
	rig_down(rig);
}
END_TEST

/* VU-FRAME-11 */
START_TEST(more_than_256_bytes_is_invalid)
{
	struct rig *rig = rig_new();

	rig_opened(rig, "");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 255, space, 2), -EINVAL);
	ck_assert_uint_eq(peer_count(&rig->peer, "GET_CONFIG"), 0);
	rig_down(rig);
}
END_TEST

/* HARD-VU-9: qemu-storage-daemon's way; the connection stays usable. */
START_TEST(an_empty_reply_is_no_data)
{
	struct rig *rig = rig_new();

	rig_opened(rig, "");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, space, 61), -ENODATA);
	assert_ok(virtio_dev_read_dev_config(&rig->vdev, 0, space, 60));
	rig_down(rig);
}
END_TEST

static bool say_size_0(struct peer *peer, struct peer_msg *msg)
{
	const uint32_t payload[3] = { 0, 0, 0 };

	if (msg->request != GET_CONFIG)
		return false;
	peer_reply(peer, GET_CONFIG, payload, sizeof(payload));
	return true;
}

/* rust-vmm's way. */
START_TEST(config_size_0_is_no_data)
{
	struct rig *rig = rig_new();

	rig->peer.hook = say_size_0;
	rig_opened(rig, "");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, space, 8), -ENODATA);
	assert_ok(virtio_dev_reset(&rig->vdev, ALL_FEATURES));
	rig_down(rig);
}
END_TEST

static bool say_36(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request != GET_CONFIG)
		return false;
	msg->u.config.size = 36;
	peer_reply(peer, GET_CONFIG, msg->u.bytes, msg->size);
	return true;
}

/* yc-libvhost-server's way. */
START_TEST(a_smaller_config_size_is_no_data_and_says_how_much)
{
	struct rig *rig = rig_new();

	rig->peer.hook = say_36;
	rig_opened(rig, "");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, space, 60), -ENODATA);
	assert_error_says("36 bytes");
	assert_ok(virtio_dev_read_dev_config(&rig->vdev, 0, space, 36));
	rig_down(rig);
}
END_TEST

static bool say_more(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request != GET_CONFIG)
		return false;
	msg->u.config.size = 0x7fffffff;
	peer_reply(peer, GET_CONFIG, msg->u.bytes, msg->size);
	return true;
}

/* VU-CFG-1, HARD-VU-9 */
START_TEST(a_larger_config_size_ends_the_connection)
{
	struct rig *rig = rig_new();

	rig->peer.hook = say_more;
	rig_opened(rig, "");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, space, 60), -EPROTO);
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, space, 60), -ECONNRESET);
	rig_down(rig);
}
END_TEST

static bool reply_more(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request != GET_CONFIG)
		return false;
	peer_reply(peer, GET_CONFIG, msg->u.bytes, msg->size + 1);
	return true;
}

/* HARD-VU-3 */
START_TEST(a_larger_reply_ends_the_connection)
{
	struct rig *rig = rig_new();

	rig->peer.hook = reply_more;
	rig_opened(rig, "");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, space, 60), -EPROTO);
	assert_error_says("GET_CONFIG");
	rig_down(rig);
}
END_TEST

/* VU-CFG-4 */
START_TEST(without_config_there_is_no_such_space)
{
	struct rig *rig = rig_new();

	rig->peer.protocol &= ~BIT64(PF_CONFIG);
	rig_opened(rig, "");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig->vdev, 0, space, 8), -ENOTSUP);
	assert_error_says("CONFIG");
	rig_down(rig);
}
END_TEST

/* VU-CFG-5 */
START_TEST(a_write_has_flags_0_and_its_own_offset)
{
	static const uint8_t value[2] = { 0xaa, 0xbb };
	struct rig *rig = rig_new();

	rig_negotiated(rig, "");
	assert_ok(virtio_dev_write_dev_config(&rig->vdev, 32, value, 2));
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_CONFIG 32+2 flags 0 ack"), 1);
	ck_assert_mem_eq(synced(rig)->config + 32, value, 2);
	rig_down(rig);
}
END_TEST

START_TEST(a_refused_write_is_an_error)
{
	static const uint8_t value = 1;
	struct rig *rig = rig_new();

	rig->peer.nack = SET_CONFIG;
	rig_negotiated(rig, "");
	ck_assert_int_eq(virtio_dev_write_dev_config(&rig->vdev, 0, &value, 1), -EREMOTEIO);
	rig_down(rig);
}
END_TEST

static bool change_while_read(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request != GET_CONFIG || peer->note++)
		return false;
	peer_ask(peer, 2, false, 0, -1);
	memset(peer->config, 0x77, sizeof(peer->config));
	return false;
}

/* CFG-1, VU-CFG-2 */
START_TEST(a_change_during_a_read_repeats_it)
{
	struct rig *rig = rig_new();

	rig->peer.hook = change_while_read;
	rig_opened(rig, "");
	assert_ok(virtio_dev_read_dev_config(&rig->vdev, 0, space, 8));
	ck_assert_uint_eq(peer_count(&rig->peer, "GET_CONFIG"), 2);
	ck_assert_uint_eq(space[0], 0x77);
	ck_assert_uint_eq(rig_events(rig, VIRTIO_EVENT_CONFIG), VIRTIO_EVENT_CONFIG);
	rig_down(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_read_asks_from_0_to_its_end,
		the_whole_of_it_can_be_read,
		more_than_256_bytes_is_invalid,
		an_empty_reply_is_no_data,
		config_size_0_is_no_data,
		a_smaller_config_size_is_no_data_and_says_how_much,
		a_larger_config_size_ends_the_connection,
		a_larger_reply_ends_the_connection,
		without_config_there_is_no_such_space,
		a_write_has_flags_0_and_its_own_offset,
		a_refused_write_is_an_error,
		a_change_during_a_read_repeats_it,
	};

	return RUN_TESTS("vhost-user/config", tests);
}
