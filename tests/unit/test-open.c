/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opening by address, through the public calls: the options that every
 * backend has, and what becomes of a plugin's mistakes.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/virtio.h>

#include "plugin-folder.h"

static struct virtio_dev vdev;

static void set_up(void)
{
	make_folder();
	install("chameleon", "good");
	memset(&vdev, 0, sizeof(vdev));
}

static void tear_down(void)
{
	virtio_dev_destruct(&vdev);
	remove_folder();
}

static void assert_zeroed(void)
{
	static const struct virtio_dev zero;

	ck_assert_int_eq(memcmp(&vdev, &zero, sizeof(vdev)), 0);
}

static void check_failure(const char *address, int err, const char *why)
{
	ck_assert_int_eq(virtio_dev_open(&vdev, "disk", address), -err);
	assert_error_says("virtio_dev_open: ");
	assert_error_says(why);
	assert_zeroed();
}

START_TEST(open_makes_a_device_with_its_name)
{
	ck_assert_int_eq(virtio_dev_open(&vdev, "disk", "good:x"), 0);
	ck_assert_str_eq(vdev.name, "disk");
	ck_assert_ptr_nonnull(vdev.backend_ops);
}
END_TEST

START_TEST(null_arguments_are_refused)
{
	ck_assert_int_eq(virtio_dev_open(NULL, "disk", "good:x"), -EINVAL);
	ck_assert_int_eq(virtio_dev_open(&vdev, NULL, "good:x"), -EINVAL);
	assert_error_says("virtio_dev_open: the name is NULL");
	check_failure(NULL, EINVAL, "NULL");
}
END_TEST

START_TEST(open_device_is_not_opened_over)
{
	ck_assert_int_eq(virtio_dev_open(&vdev, "disk", "good:x"), 0);
	ck_assert_int_eq(virtio_dev_open(&vdev, "disk", "good:x"), -EBUSY);
	ck_assert_str_eq(vdev.name, "disk");
}
END_TEST

START_TEST(bad_grammar_is_einval)
{
	check_failure("good", EINVAL, "does not begin with a backend");
}
END_TEST

START_TEST(common_option_out_of_range_is_einval)
{
	check_failure("good:x,timeout=0", EINVAL, "timeout=0: a number from 1 to 3600000");
	check_failure("good:x,timeout=3600001", EINVAL, "timeout=3600001");
	check_failure("good:x,indirect=maybe", EINVAL, "indirect=maybe");
	check_failure("good:x,event-idx=", EINVAL, "event-idx=");
}
END_TEST

START_TEST(timeout_is_the_deadline_of_the_open_itself)
{
	int left;

	check_failure("good:time-left,timeout=60000", ENXIO, "ms left");
	left = atoi(strchr(virtio_last_error(), ':') + 1);
	ck_assert_int_gt(left, 50000);
	ck_assert_int_le(left, 60000);
}
END_TEST

START_TEST(indirect_and_event_idx_are_on_by_default)
{
	ck_assert_int_eq(virtio_dev_open(&vdev, "disk", "good:x"), 0);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert(virtio_dev_has_feature(&vdev, VIRTIO_RING_F_INDIRECT_DESC));
	ck_assert(virtio_dev_has_feature(&vdev, VIRTIO_RING_F_EVENT_IDX));
}
END_TEST

START_TEST(indirect_can_be_switched_off)
{
	ck_assert_int_eq(virtio_dev_open(&vdev, "disk", "good:x,indirect=off"), 0);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert(!virtio_dev_has_feature(&vdev, VIRTIO_RING_F_INDIRECT_DESC));
	ck_assert(virtio_dev_has_feature(&vdev, VIRTIO_RING_F_EVENT_IDX));
}
END_TEST

START_TEST(event_idx_can_be_switched_off)
{
	ck_assert_int_eq(virtio_dev_open(&vdev, "disk", "good:x,event-idx=off"), 0);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert(virtio_dev_has_feature(&vdev, VIRTIO_RING_F_INDIRECT_DESC));
	ck_assert(!virtio_dev_has_feature(&vdev, VIRTIO_RING_F_EVENT_IDX));
}
END_TEST

START_TEST(success_without_a_device_is_eproto)
{
	check_failure("good:no-device", EPROTO, "there is none");
}
END_TEST

START_TEST(positive_result_is_eproto)
{
	check_failure("good:positive", EPROTO, "returned 7");
}
END_TEST

START_TEST(plugin_without_words_gets_a_sentence)
{
	virtio_set_error(EIO, "stale");
	check_failure("good:bad-address", EINVAL, "the backend \"good\" says: Invalid argument");
}
END_TEST

START_TEST(words_of_the_plugin_are_kept)
{
	check_failure("good:own-words", ENXIO, "virtio_dev_open: in the plugin's own words");
}
END_TEST

static char *with_counter(const char *address, int *count)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s,count=%" PRIuPTR, address, (uintptr_t)count);
	return text;
}

START_TEST(device_of_a_failed_open_is_destructed)
{
	int destructed = 0;

	check_failure(with_counter("good:half", &destructed), EIO, "after construct");
	ck_assert_int_eq(destructed, 1);
}
END_TEST

START_TEST(option_that_nobody_took_is_refused)
{
	int destructed = 0;

	check_failure(with_counter("good:x,colour=red", &destructed), EINVAL,
		      "no option \"colour\"");
	ck_assert_int_eq(destructed, 1);
}
END_TEST

static int keep_text(void *ctx, const char *value)
{
	snprintf(ctx, 64, "%s", value);
	return 0;
}

START_TEST(describe_writes_what_the_plugin_knows)
{
	const struct virtio_json_sink sink = { .size = sizeof(sink), .string = keep_text };
	char text[64] = "";
	struct virtio_json_writer *w = virtio_json_writer_new(&sink, text);

	virtio_json_object_begin(w);
	ck_assert_int_eq(virtio_dev_describe("good:/a,,b", w), 0);
	virtio_json_object_end(w);
	ck_assert_int_eq(virtio_json_writer_end(w), 0);
	ck_assert_str_eq(text, "/a,b");
}
END_TEST

START_TEST(describe_without_the_op_is_enotsup)
{
	install("chameleon", "plain");
	ck_assert_int_eq(virtio_dev_describe("plain:x", NULL), -ENOTSUP);
	assert_error_says("virtio_dev_describe: ");
}
END_TEST

struct devices {
	unsigned count;
	int stop_with;
};

static int see_device(const struct virtio_device_info *info, void *ctx)
{
	struct devices *devices = ctx;

	ck_assert_uint_eq(info->size, sizeof(*info));
	ck_assert_uint_eq(info->reserved[0], 0);
	/* What the program calls here reports under its own name. */
	ck_assert_int_eq(virtio_dev_set_timeout(NULL, 1), -EINVAL);
	assert_error_says("virtio_dev_set_timeout: ");
	if (strncmp(info->address, "good:", 5) == 0)
		devices->count++;
	return devices->stop_with;
}

START_TEST(enumerate_visits_the_devices_of_all_backends)
{
	struct devices devices = { .count = 0 };

	install("chameleon", "plain");
	write_file("broken.so", "hello\n", 6);
	ck_assert_int_eq(virtio_dev_enumerate(see_device, &devices), 0);
	ck_assert_uint_ge(devices.count, 2);
}
END_TEST

START_TEST(result_of_the_callback_ends_enumerate)
{
	struct devices devices = { .stop_with = -77 };

	ck_assert_int_eq(virtio_dev_enumerate(see_device, &devices), -77);
	ck_assert_uint_eq(devices.count, 1);
	ck_assert_int_eq(virtio_dev_enumerate(NULL, NULL), -EINVAL);
}
END_TEST

START_TEST(vhost_user_front_checks_its_arguments)
{
	ck_assert_int_eq(virtio_user_dev_init(&vdev, "d", "/x", 3), -EINVAL);
	assert_error_says("virtio_user_dev_init: the queue size is 3");
	ck_assert_int_eq(virtio_user_dev_init(&vdev, "d", "/x", 65536), -EINVAL);
	ck_assert_int_eq(virtio_user_dev_init(&vdev, "d", "", 0), -EINVAL);
	ck_assert_int_eq(virtio_user_dev_init(&vdev, "d", NULL, 0), -EINVAL);
	ck_assert_int_eq(virtio_user_dev_init(NULL, "d", "/x", 0), -EINVAL);
	assert_zeroed();
}
END_TEST

/* A plugin of that name which takes no queue-size: what is refused is what was passed. */
START_TEST(vhost_user_front_passes_path_and_size_on)
{
	install("chameleon", "vhost-user");
	ck_assert_int_eq(virtio_user_dev_init(&vdev, "d", "/a,b", 0), 0);
	virtio_dev_destruct(&vdev);
	ck_assert_int_eq(virtio_user_dev_init(&vdev, "d", "/a,b", 512), -EINVAL);
	assert_error_says("virtio_user_dev_init: ");
	assert_error_says("no option \"queue-size\"");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("open");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, open_makes_a_device_with_its_name);
	tcase_add_test(tc, null_arguments_are_refused);
	tcase_add_test(tc, open_device_is_not_opened_over);
	tcase_add_test(tc, bad_grammar_is_einval);
	tcase_add_test(tc, common_option_out_of_range_is_einval);
	tcase_add_test(tc, timeout_is_the_deadline_of_the_open_itself);
	tcase_add_test(tc, indirect_and_event_idx_are_on_by_default);
	tcase_add_test(tc, indirect_can_be_switched_off);
	tcase_add_test(tc, event_idx_can_be_switched_off);
	tcase_add_test(tc, success_without_a_device_is_eproto);
	tcase_add_test(tc, positive_result_is_eproto);
	tcase_add_test(tc, plugin_without_words_gets_a_sentence);
	tcase_add_test(tc, words_of_the_plugin_are_kept);
	tcase_add_test(tc, device_of_a_failed_open_is_destructed);
	tcase_add_test(tc, option_that_nobody_took_is_refused);
	tcase_add_test(tc, describe_writes_what_the_plugin_knows);
	tcase_add_test(tc, describe_without_the_op_is_enotsup);
	tcase_add_test(tc, enumerate_visits_the_devices_of_all_backends);
	tcase_add_test(tc, result_of_the_callback_ends_enumerate);
	tcase_add_test(tc, vhost_user_front_checks_its_arguments);
	tcase_add_test(tc, vhost_user_front_passes_path_and_size_on);
	return unit_run("open", tc);
}
