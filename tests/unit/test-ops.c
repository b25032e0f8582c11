/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accepting an ops table: what is refused, and what the defaults do.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/backend.h>

#include "../../lib/backend-accept.h"
#include "../../lib/call.h"
#include "unit.h"

/* A device of the fewest ops, and what it answers. */
static uint8_t status;
static unsigned status_reads_until_zero;
static uint16_t queue_sizes[VIRTIO_MAX_VIRTQUEUES];

static uint8_t get_status(struct virtio_dev *vdev)
{
	(void)vdev;
	if (status != 0xff && status_reads_until_zero > 0 && --status_reads_until_zero == 0)
		status = 0;
	return status;
}

static void set_status(struct virtio_dev *vdev, uint8_t value)
{
	(void)vdev;
	(void)value;
}

static uint64_t get_features(struct virtio_dev *vdev)
{
	(void)vdev;
	return 0;
}

static int set_features(struct virtio_dev *vdev, uint64_t features)
{
	(void)vdev;
	(void)features;
	return 0;
}

static uint16_t get_queue_size(struct virtio_dev *vdev, uint16_t queue_id)
{
	(void)vdev;
	return queue_sizes[queue_id];
}

static int setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
	return 0;
}

static void del_or_notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
}

static const struct virtio_dev_ops least = {
	VIRTIO_DEV_OPS_INIT,
	.get_status = get_status,
	.set_status = set_status,
	.get_features = get_features,
	.set_features = set_features,
	.get_queue_size = get_queue_size,
	.setup_queue = setup_queue,
	.del_queue = del_or_notify_queue,
	.notify_queue = del_or_notify_queue,
};

static struct virtio_dev_ops ops;
static struct virtio_dev vdev;

static void accept_least(void)
{
	ck_assert_int_eq(backend_accept_ops(&least, &ops), 0);
	memset(&vdev, 0, sizeof(vdev));
	vdev.backend_ops = &ops;
	memset(queue_sizes, 0, sizeof(queue_sizes));
	status = 0;
	status_reads_until_zero = 0;
}

static void assert_no_null_member(const struct virtio_dev_ops *table)
{
	void (*members[(sizeof(*table) - 8) / sizeof(void (*)(void))])(void);

	memcpy(members, (const char *)table + 8, sizeof(members));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		ck_assert_msg(members[i] != NULL, "member %zu", i);
}

START_TEST(accepted_table_has_no_null_member)
{
	assert_no_null_member(&ops);
	ck_assert_uint_eq(ops.struct_size, sizeof(ops));
}
END_TEST

START_TEST(members_that_are_present_are_kept)
{
	ck_assert(ops.get_status == get_status);
	ck_assert(ops.notify_queue == del_or_notify_queue);
}
END_TEST

START_TEST(null_table_is_refused)
{
	ck_assert_int_eq(backend_accept_ops(NULL, &ops), -EINVAL);
}
END_TEST

START_TEST(table_of_another_abi_is_refused)
{
	struct virtio_dev_ops in = least;

	in.abi = VIRTIO_BACKEND_ABI + 1;
	ck_assert_int_eq(backend_accept_ops(&in, &ops), -EINVAL);
	assert_error_says("ABI 1, this library takes ABI 0");
}
END_TEST

START_TEST(table_that_is_too_short_is_refused)
{
	struct virtio_dev_ops in = least;

	in.struct_size = offsetof(struct virtio_dev_ops, notify_queue);
	ck_assert_int_eq(backend_accept_ops(&in, &ops), -EINVAL);
	assert_error_says("VIRTIO_DEV_OPS_INIT");
}
END_TEST

START_TEST(table_that_ends_after_notify_queue_is_taken)
{
	struct virtio_dev_ops in = least;

	in.struct_size = offsetof(struct virtio_dev_ops, dump_json_info);
	memset((char *)&in + in.struct_size, 0xa5, sizeof(in) - in.struct_size);
	ck_assert_int_eq(backend_accept_ops(&in, &ops), 0);
	assert_no_null_member(&ops);
	ck_assert_int_eq(ops.poll(&vdev), 0);
}
END_TEST

START_TEST(half_a_member_is_no_member)
{
	struct virtio_dev_ops in = least;

	memset(&in.poll, 0xa5, sizeof(in.poll));
	in.struct_size = offsetof(struct virtio_dev_ops, poll) + sizeof(in.poll) / 2;
	ck_assert_int_eq(backend_accept_ops(&in, &ops), 0);
	ck_assert_int_eq(ops.poll(&vdev), 0);
}
END_TEST

START_TEST(table_of_a_later_header_is_taken)
{
	struct {
		struct virtio_dev_ops ops;
		void *later;
	} longer = { .ops = least };

	longer.ops.struct_size = sizeof(longer);
	ck_assert_int_eq(backend_accept_ops(&longer.ops, &ops), 0);
	ck_assert_uint_eq(ops.struct_size, sizeof(ops));
}
END_TEST

static const struct {
	size_t offset;
	const char *name;
} required[] = {
	{ offsetof(struct virtio_dev_ops, get_status), "`get_status`" },
	{ offsetof(struct virtio_dev_ops, set_status), "`set_status`" },
	{ offsetof(struct virtio_dev_ops, get_features), "`get_features`" },
	{ offsetof(struct virtio_dev_ops, set_features), "`set_features`" },
	{ offsetof(struct virtio_dev_ops, get_queue_size), "`get_queue_size`" },
	{ offsetof(struct virtio_dev_ops, setup_queue), "`setup_queue`" },
	{ offsetof(struct virtio_dev_ops, del_queue), "`del_queue`" },
	{ offsetof(struct virtio_dev_ops, notify_queue), "`notify_queue`" },
};

START_TEST(missing_required_member_is_named)
{
	struct virtio_dev_ops in = least;

	memset((char *)&in + required[_i].offset, 0, sizeof(void (*)(void)));
	ck_assert_int_eq(backend_accept_ops(&in, &ops), -EINVAL);
	assert_error_says(required[_i].name);
}
END_TEST

START_TEST(default_config_space_is_absent)
{
	char byte = 0;

	ck_assert_int_eq(ops.read_dev_cfg(&vdev, 0, &byte, 1), -ENOTSUP);
	ck_assert_int_eq(ops.write_dev_cfg(&vdev, 0, &byte, 1), -ENOTSUP);
}
END_TEST

START_TEST(default_transport_has_no_interrupts)
{
	ck_assert_int_eq(ops.queue_fd(&vdev, NULL), -ENOTSUP);
}
END_TEST

START_TEST(default_memory_is_the_identity_without_limits)
{
	struct virtio_mem_limits limits = { .max_regions = 0 };
	struct virtio_mem_region region = { .struct_size = sizeof(region), .bus_addr = 4096 };

	ck_assert_int_eq(ops.mem_add(&vdev, &region), 0);
	ck_assert_uint_eq(region.bus_addr, 4096);
	ck_assert_int_eq(ops.mem_remove(&vdev, &region), 0);
	ck_assert_int_eq(ops.get_mem_limits(&vdev, &limits), 0);
	ck_assert_uint_eq(limits.max_regions, UINT64_MAX);
	ck_assert_uint_eq(limits.max_address, UINT64_MAX);
}
END_TEST

START_TEST(default_number_of_queues_reaches_the_last_present)
{
	ck_assert_uint_eq(ops.get_max_queues(&vdev), 0);
	queue_sizes[0] = queue_sizes[1] = 256;
	ck_assert_uint_eq(ops.get_max_queues(&vdev), 2);
	queue_sizes[VIRTIO_MAX_VIRTQUEUES - 1] = 1;
	ck_assert_uint_eq(ops.get_max_queues(&vdev), VIRTIO_MAX_VIRTQUEUES);
}
END_TEST

START_TEST(default_stop_waits_for_status_zero)
{
	CALL("test", 5000);

	status = 15;
	status_reads_until_zero = 5;
	ck_assert_int_eq(ops.stop(&vdev), 0);
	ck_assert_uint_eq(status_reads_until_zero, 0);
}
END_TEST

START_TEST(default_stop_of_a_device_that_is_gone_is_done)
{
	status = 0xff;
	ck_assert_int_eq(ops.stop(&vdev), 0);
}
END_TEST

START_TEST(default_stop_gives_up_at_the_deadline)
{
	CALL("test", 50);
	uint64_t start = call_now_ms();

	status = 15;
	ck_assert_int_eq(ops.stop(&vdev), -ETIMEDOUT);
	assert_error_says("test: ");
	assert_error_says("0x0f");
	ck_assert_uint_ge(call_now_ms() - start, 50);
	ck_assert_uint_lt(call_now_ms() - start, 2000);
}
END_TEST

START_TEST(other_defaults_do_nothing)
{
	ops.destruct_dev(&vdev);
	ops.dump_json_info(&vdev, NULL);
	ops.write_json_config(&vdev, NULL);
	ck_assert_uint_eq(ops.get_config_generation(&vdev), 0);
	ck_assert_uint_eq(ops.get_device_id(&vdev), 0);
	ck_assert_int_eq(ops.poll(&vdev), 0);
}
END_TEST

static unsigned polls;

static int count_polls(struct virtio_dev *dev)
{
	(void)dev;
	polls++;
	return 0;
}

START_TEST(device_without_a_closer_look_is_polled)
{
	struct virtio_dev_ops in = least;

	in.poll = count_polls;
	ck_assert_int_eq(backend_accept_ops(&in, &ops), 0);
	ck_assert_int_eq(ops.look(&vdev), 0);
	ck_assert_uint_eq(polls, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ops");

	tcase_add_checked_fixture(tc, accept_least, NULL);
	tcase_add_test(tc, accepted_table_has_no_null_member);
	tcase_add_test(tc, members_that_are_present_are_kept);
	tcase_add_test(tc, null_table_is_refused);
	tcase_add_test(tc, table_of_another_abi_is_refused);
	tcase_add_test(tc, table_that_is_too_short_is_refused);
	tcase_add_test(tc, table_that_ends_after_notify_queue_is_taken);
	tcase_add_test(tc, half_a_member_is_no_member);
	tcase_add_test(tc, table_of_a_later_header_is_taken);
	tcase_add_loop_test(tc, missing_required_member_is_named, 0,
			    sizeof(required) / sizeof(required[0]));
	tcase_add_test(tc, default_config_space_is_absent);
	tcase_add_test(tc, default_transport_has_no_interrupts);
	tcase_add_test(tc, default_memory_is_the_identity_without_limits);
	tcase_add_test(tc, default_number_of_queues_reaches_the_last_present);
	tcase_add_test(tc, default_stop_waits_for_status_zero);
	tcase_add_test(tc, default_stop_of_a_device_that_is_gone_is_done);
	tcase_add_test(tc, default_stop_gives_up_at_the_deadline);
	tcase_add_test(tc, other_defaults_do_nothing);
	tcase_add_test(tc, device_without_a_closer_look_is_polled);
	return unit_run("ops", tc);
}
