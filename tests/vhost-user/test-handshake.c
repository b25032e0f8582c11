/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hand-shake with servers that go by the book in different ways: what is
 * asked, what is accepted, what is never sent.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "rig.h"

/* VU-NEG-3: bits whose duties are done here, and no others. */
#define ACCEPTED (BIT64(PF_MQ) | BIT64(PF_REPLY_ACK) | BIT64(PF_BACKEND_REQ) | \
		  BIT64(PF_CONFIG) | BIT64(PF_RESET_DEVICE) | BIT64(PF_CONFIGURE_MEM_SLOTS) | \
		  BIT64(PF_STATUS))

START_TEST(all_offered_only_known_accepted)
{
	struct rig *rig = rig_new();

	rig->peer.protocol = UINT64_MAX;
	rig_opened(rig, "");
	ck_assert_uint_eq(synced(rig)->set_protocol, ACCEPTED);
	rig_down(rig);
}
END_TEST

START_TEST(order_of_the_handshake)
{
	struct rig *rig = rig_new();
	char *trace;

	rig_opened(rig, "");
	trace = peer_trace(&rig->peer);
	ck_assert_str_eq(trace,
			 "GET_FEATURES\n"
			 "GET_PROTOCOL_FEATURES\n"
			 "SET_PROTOCOL_FEATURES 0x8229\n"
			 "SET_OWNER ack\n"
			 "GET_QUEUE_NUM\n"
			 "GET_MAX_MEM_SLOTS\n"
			 "SET_BACKEND_REQ_FD fds 1 ack\n");
	free(trace);
	rig_down(rig);
}
END_TEST

/* VU-NEG-2, VU-NEG-4 */
START_TEST(without_bit_30_no_protocol_features)
{
	struct rig *rig = rig_new();

	rig->peer.features &= ~BIT64(30);
	rig_started(rig, "", 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "GET_PROTOCOL_FEATURES"), 0);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_PROTOCOL_FEATURES"), 0);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_VRING_ENABLE"), 0);
	ck_assert_uint_eq(synced(rig)->set_features, BIT64(32) | BIT64(28) | BIT64(29));
	rig_down(rig);
}
END_TEST

/* VU-NEG-4 */
START_TEST(bit_30_is_echoed)
{
	struct rig *rig = rig_new();

	rig_negotiated(rig, "");
	ck_assert_uint_eq(synced(rig)->set_features & BIT64(30), BIT64(30));
	ck_assert_uint_eq(rig->vdev.negotiated_features & BIT64(30), 0);
	rig_down(rig);
}
END_TEST

/* VU-NEG-5, VU-NEG-8 */
START_TEST(transport_bits_are_not_shown)
{
	struct rig *rig = rig_new();
	const uint64_t hidden = BIT64(24) | BIT64(26) | BIT64(27) | BIT64(30) | BIT64(33) |
				BIT64(34) | BIT64(37) | BIT64(38) | BIT64(39) | BIT64(40) |
				BIT64(41) | BIT64(43);

	rig->peer.features = UINT64_MAX;
	rig_negotiated(rig, "");
	ck_assert_uint_eq(virtio_dev_get_device_features(&rig->vdev) & hidden, 0);
	ck_assert_uint_eq(synced(rig)->set_features & hidden & ~BIT64(30), 0);
	rig_down(rig);
}
END_TEST

/* VU-MSG-17 */
START_TEST(without_mq_queue_num_is_not_asked)
{
	struct rig *rig = rig_new();

	rig->peer.protocol &= ~BIT64(PF_MQ);
	rig_started(rig, "", 3);
	ck_assert_uint_eq(peer_count(&rig->peer, "GET_QUEUE_NUM"), 0);
	ck_assert_uint_eq(rig->vdev.max_queues, 3);
	rig_down(rig);
}
END_TEST

/* VU-RING-12 */
START_TEST(queue_num_is_the_limit)
{
	struct rig *rig = rig_new();

	rig->peer.queue_num = 2;
	rig_started(rig, "", 7);
	ck_assert_uint_eq(rig->vdev.max_queues, 2);
	rig_down(rig);
}
END_TEST

START_TEST(num_queues_option_is_the_limit)
{
	struct rig *rig = rig_new();

	rig_started(rig, ",num-queues=3", 7);
	ck_assert_uint_eq(rig->vdev.max_queues, 3);
	rig_down(rig);
}
END_TEST

/* GET_QUEUE_NUM counts pairs for network devices. */
START_TEST(network_devices_count_pairs)
{
	struct rig *rig = rig_new();

	rig->peer.queue_num = 1;
	rig_started(rig, ",type=network", 7);
	ck_assert_uint_eq(rig->vdev.max_queues, 2);
	rig_down(rig);
}
END_TEST

/* HARD-VU-8 */
START_TEST(wild_queue_num_is_clamped)
{
	struct rig *rig = rig_new();

	rig->peer.queue_num = UINT64_MAX;
	rig_started(rig, ",queue-size=2", 256);
	ck_assert_uint_eq(rig->vdev.max_queues, 256);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_VRING_KICK 255 fds 1 ack"), 1);
	rig_down(rig);
}
END_TEST

/* HARD-VU-8 */
START_TEST(no_queue_at_all_is_an_error_of_start)
{
	struct rig *rig = rig_new();

	rig->peer.queue_num = 0;
	rig_negotiated(rig, "");
	ck_assert_int_eq(virtio_dev_start(&rig->vdev, 1, 0), -ENODEV);
	rig_down(rig);
}
END_TEST

/* VU-PF-5 */
START_TEST(without_config_no_back_channel)
{
	struct rig *rig = rig_new();

	rig->peer.protocol &= ~BIT64(PF_CONFIG);
	rig_opened(rig, "");
	ck_assert_uint_eq(synced(rig)->set_protocol & BIT64(PF_BACKEND_REQ), 0);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_BACKEND_REQ_FD"), 0);
	rig_down(rig);
}
END_TEST

/* VU-REPLY-4, VU-REPLY-6 */
START_TEST(without_reply_ack_features_are_fenced)
{
	struct rig *rig = rig_new();
	char *trace;

	rig->peer.protocol &= ~BIT64(PF_REPLY_ACK);
	rig_opened(rig, "");
	/* The last message of the hand-shake has no answer. */
	rig_await(rig, "SET_BACKEND_REQ_FD fds 1", 1);
	peer_clear_trace(&rig->peer);
	assert_ok(virtio_dev_reset(&rig->vdev, ALL_FEATURES));
	trace = peer_trace(&rig->peer);
	ck_assert_str_eq(trace, "GET_FEATURES\nSET_FEATURES 0x170000000\nGET_FEATURES\n");
	free(trace);
	rig_down(rig);
}
END_TEST

/* VU-REPLY-5 */
START_TEST(refused_features_are_named)
{
	struct rig *rig = rig_new();

	rig->peer.nack = SET_FEATURES;
	rig_opened(rig, "");
	ck_assert_int_lt(virtio_dev_reset(&rig->vdev, ALL_FEATURES), 0);
	assert_error_says("the server refused SET_FEATURES");
	rig_down(rig);
}
END_TEST

/* VU-RESET-6 */
START_TEST(with_status_each_bit_is_sent_and_read_back)
{
	struct rig *rig = rig_new();
	char *trace;

	rig->peer.protocol |= BIT64(PF_STATUS);
	rig_negotiated(rig, "");
	trace = peer_trace(&rig->peer);
	ck_assert_ptr_nonnull(strstr(trace, "SET_STATUS 0 ack\nGET_STATUS\n"));
	ck_assert_ptr_nonnull(strstr(trace, "SET_STATUS 0x1 ack\n"));
	ck_assert_ptr_nonnull(strstr(trace, "SET_STATUS 0x3 ack\n"));
	ck_assert_ptr_nonnull(strstr(trace, "SET_STATUS 0xb ack\nGET_STATUS\n"));
	free(trace);
	rig_down(rig);
}
END_TEST

static bool drop_features_ok(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request == SET_STATUS)
		msg->u.u64 &= ~UINT64_C(8);
	peer_by_the_book(peer, msg);
	return true;
}

/* HARD-FEAT-1 */
START_TEST(features_ok_that_does_not_stick_is_an_error)
{
	struct rig *rig = rig_new();

	rig->peer.protocol |= BIT64(PF_STATUS);
	rig->peer.hook = drop_features_ok;
	rig_opened(rig, "");
	ck_assert_int_eq(virtio_dev_reset(&rig->vdev, ALL_FEATURES), -EPROTO);
	rig_down(rig);
}
END_TEST

/* VU-RESET-2 */
START_TEST(reset_device_is_used_if_there_is_no_status)
{
	struct rig *rig = rig_new();

	rig->peer.protocol |= BIT64(PF_RESET_DEVICE);
	rig_negotiated(rig, "");
	ck_assert_uint_eq(peer_count(&rig->peer, "RESET_DEVICE ack"), 1);
	rig_down(rig);
}
END_TEST

START_TEST(the_type_option_tells_the_device_type)
{
	struct rig *rig = rig_new();

	rig_opened(rig, ",type=block");
	ck_assert_uint_eq(virtio_dev_get_device_id(&rig->vdev), 2);
	rig_down(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_offered_only_known_accepted,
		order_of_the_handshake,
		without_bit_30_no_protocol_features,
		bit_30_is_echoed,
		transport_bits_are_not_shown,
		without_mq_queue_num_is_not_asked,
		queue_num_is_the_limit,
		num_queues_option_is_the_limit,
		network_devices_count_pairs,
		wild_queue_num_is_clamped,
		no_queue_at_all_is_an_error_of_start,
		without_config_no_back_channel,
		without_reply_ack_features_are_fenced,
		refused_features_are_named,
		with_status_each_bit_is_sent_and_read_back,
		features_ok_that_does_not_stick_is_an_error,
		reset_device_is_used_if_there_is_no_status,
		the_type_option_tells_the_device_type,
	};

	return RUN_TESTS("vhost-user/handshake", tests);
}
