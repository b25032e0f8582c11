/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device says of itself: the JSON members that tools and configuration
 * files are made of.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "rig.h"

static char text[16384];

static int append(void *ctx, const char *data, size_t len)
{
	strncat(ctx, data, len);
	return 0;
}

static void write_report(struct rig *rig, void (*report)(struct virtio_dev *,
							  struct virtio_json_writer *))
{
	struct virtio_json_text sink = { .write = append, .ctx = text };
	struct virtio_json_writer *w = virtio_json_writer_new(virtio_json_text_sink(), &sink);

	text[0] = '\0';
	virtio_json_object_begin(w);
	report(&rig->vdev, w);
	virtio_json_object_end(w);
	assert_ok(virtio_json_writer_end(w));
}

/* Blanks do not matter. */
static void assert_has(const char *member)
{
	char *out = text;

	for (const char *in = text; *in; in++)
		if (*in != ' ' && *in != '\n')
			*out++ = *in;
	*out = '\0';
	ck_assert_msg(strstr(text, member) != NULL, "%s\nhas no %s", text, member);
}

START_TEST(the_info_has_the_members_of_the_contract)
{
	struct rig *rig = rig_new();

	rig_started(rig, ",queue-size=64", 3);
	write_report(rig, virtio_dev_dump_json_info);
	assert_has("{\"virtio\":{");
	assert_has("\"vq_count\":3");
	assert_has("\"vq_size\":64");
	assert_has("\"type\":\"vhost-user\"");
	assert_has("\"socket\":\"fd=");
	rig_down(rig);
}
END_TEST

START_TEST(the_info_says_what_was_offered_and_accepted)
{
	struct rig *rig = rig_new();

	rig->peer.protocol = BIT64(PF_MQ) | BIT64(2) | BIT64(24);
	rig_opened(rig, "");
	write_report(rig, virtio_dev_dump_json_info);
	assert_has("\"protocol_features\":[\"VHOST_USER_PROTOCOL_F_MQ\","
		   "\"VHOST_USER_PROTOCOL_F_RARP\",\"bit24\"]");
	assert_has("\"protocol_features_accepted\":[\"VHOST_USER_PROTOCOL_F_MQ\"]");
	assert_has("\"queue_num\":4");
	rig_down(rig);
}
END_TEST

START_TEST(what_could_not_be_asked_is_null)
{
	struct rig *rig = rig_new();

	rig->peer.protocol = 0;
	rig_opened(rig, "");
	write_report(rig, virtio_dev_dump_json_info);
	assert_has("\"queue_num\":null");
	assert_has("\"mem_slots\":null");
	assert_has("\"server_family\":null");
	assert_has("\"quirks\":[]");
	rig_down(rig);
}
END_TEST

START_TEST(the_config_would_recreate_the_device)
{
	struct rig *rig = rig_new();

	rig_opened(rig, ",queue-size=128");
	assert_ok(virtio_dev_reset(&rig->vdev, ALL_FEATURES));
	assert_ok(virtio_dev_start(&rig->vdev, 3, 2));
	write_report(rig, virtio_dev_write_json_config);
	assert_has("\"trtype\":\"vhost-user\"");
	assert_has("\"traddr\":\"fd=");
	assert_has("\"vq_count\":1");
	assert_has("\"vq_size\":128");
	rig_down(rig);
}
END_TEST

START_TEST(a_report_of_a_lost_device_is_complete)
{
	struct rig *rig = rig_new();

	rig_opened(rig, "");
	peer_die(&rig->peer);
	rig_events(rig, VIRTIO_EVENT_PEER_LOST);
	write_report(rig, virtio_dev_dump_json_info);
	assert_has("\"connected\":false");
	rig_down(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_info_has_the_members_of_the_contract,
		the_info_says_what_was_offered_and_accepted,
		what_could_not_be_asked_is_null,
		the_config_would_recreate_the_device,
		a_report_of_a_lost_device_is_complete,
	};

	return RUN_TESTS("vhost-user/report", tests);
}
