/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device that vanishes in the middle of a control call, or before one: what the
 * program is told, and that nothing is believed, written, or blamed on the device.
 */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include <virtio-poll/virtqueue.h>

#include "common.h"
#include "fake-function.h"
#include "queue.h"
#include "unit.h"

#define ANSWERS 2	/* what is read of a device that is gone: ones, or zeroes */

static struct virtio_dev vdev;

static void set_up(void)
{
	fake_init();
}

static void tear_down(void)
{
	fake_end(&vdev);
}

static void must_reset(void)
{
	ck_assert_msg(!virtio_dev_reset(&vdev, UINT64_MAX), "%s", virtio_last_error());
}

/* Does it say that the device was removed, unless it came too early for that? */
static bool is_over(int err, unsigned n)
{
	if (!err && !fake.gone)
		return true;
	ck_assert_msg(err == -ENODEV, "removed at access %u: %d, %s", n, err,
		      virtio_last_error());
	assert_error_says("was removed");
	return false;
}

/* Begins anew, and vanishes at the n-th access from where `prepare` has led. */
static void prepare_to_vanish(void (*prepare)(void), unsigned n, bool zeroes)
{
	fake_end(&vdev);
	fake_init();
	fake.irqs = 4;
	fake.guarded = zeroes;
	fake_must_open(&vdev);
	if (prepare)
		prepare();
	fake.vanishes = n;
}

START_TEST(removal_at_any_access_of_a_reset_is_told_as_one)	/* HARD-STAT-5 */
{
	unsigned n = 0;

	do
		prepare_to_vanish(NULL, ++n, _i);
	while (!is_over(virtio_dev_reset(&vdev, UINT64_MAX), n));
	ck_assert_uint_gt(n, 8);
}
END_TEST

START_TEST(removal_at_any_access_of_a_start_is_told_as_one)	/* HARD-STAT-5 */
{
	unsigned n = 0;

	do
		prepare_to_vanish(must_reset, ++n, _i);
	while (!is_over(virtio_dev_start(&vdev, 2, 1), n));
	ck_assert_uint_gt(n, 20);
}
END_TEST

START_TEST(configuration_of_a_device_that_vanishes_is_never_believed)	/* HARD-CFG-4 */
{
	uint8_t bytes[16];
	unsigned n = 0;
	int err;

	do {
		prepare_to_vanish(must_reset, ++n, _i);
		err = virtio_dev_read_dev_config(&vdev, 0, bytes, sizeof(bytes));
		if (!err)
			ck_assert_mem_eq(bytes, fake.config, sizeof(bytes));
		else
			(void)is_over(err, n);
	} while (fake.gone);
	ck_assert_uint_gt(n, 4);
}
END_TEST

START_TEST(configuration_is_not_written_to_a_device_that_is_gone)
{
	const uint8_t bytes[16] = { 0 };

	for (unsigned n = 1; n <= 4; n++) {
		prepare_to_vanish(must_reset, n, _i);
		(void)is_over(virtio_dev_write_dev_config(&vdev, 0, bytes, sizeof(bytes)), n);
	}
}
END_TEST

static void stop(void)
{
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
}

static void reset(void)
{
	ck_assert_int_eq(virtio_dev_reset(&vdev, UINT64_MAX), -ENODEV);
	assert_error_says("was removed");
}

static void start(void)
{
	int err = virtio_dev_start(&vdev, 2, 0);

	/* It was started before, or has gone since. */
	ck_assert(err == -ENODEV || err == -EINVAL);
}

static void set_status(void)
{
	virtio_dev_set_status(&vdev, 0);
}

static void get_status(void)
{
	ck_assert_uint_eq(virtio_dev_get_status(&vdev), 0xff);
}

static void read_config(void)
{
	uint32_t word;

	ck_assert_int_eq(virtio_dev_read_dev_config(&vdev, 0, &word, sizeof(word)), -ENODEV);
}

static void write_config(void)
{
	const uint32_t word = 0;

	ck_assert_int_eq(virtio_dev_write_dev_config(&vdev, 0, &word, sizeof(word)), -ENODEV);
}

static void destruct(void)
{
	virtio_dev_destruct(&vdev);
}

static void (*const calls[])(void) = {
	stop, reset, start, set_status, get_status, read_config, write_config, destruct,
};

#define CALLS ((int)(sizeof(calls) / sizeof(calls[0])))

/* Where nobody tells of a removal, the next device may be there before it is seen. */
START_TEST(device_that_came_after_it_is_not_touched_when_it_ran)
{
	fake_must_start(&vdev, 2);
	fake.replaced = true;
	calls[_i]();
	virtio_dev_destruct(&vdev);
	fake.gone = true;
}
END_TEST

START_TEST(device_that_came_after_it_is_not_touched_when_it_was_reset)
{
	fake_must_open(&vdev);
	must_reset();
	fake.replaced = true;
	if (calls[_i] != stop)
		calls[_i]();
	virtio_dev_destruct(&vdev);
	fake.gone = true;
}
END_TEST

static void ask_back(void)
{
	const uint64_t one = 1;

	ck_assert_int_eq(write(fake.dev->req_fd, &one, sizeof(one)), sizeof(one));
}

START_TEST(kernel_that_wants_the_device_back_is_heard_by_control_calls)
{
	fake.watched = true;
	fake_must_start(&vdev, 2);
	ask_back();
	if (calls[_i] != stop)
		calls[_i]();
	else
		(void)virtio_dev_stop(&vdev);
	ck_assert_uint_eq(fake.let_goes, calls[_i] != destruct || fake.closes == 1);
}
END_TEST

/* Before the engine has asked anything: where the plugin itself resets. */
START_TEST(reset_asks_the_bus_before_it_touches_a_register)
{
	fake_must_open(&vdev);
	must_reset();
	fake.replaced = true;
	ck_assert_int_eq(vpci_reset(fake.dev, 100), -ENODEV);
	virtio_dev_destruct(&vdev);
	fake.gone = true;
}
END_TEST

/* Ones would be queues of the largest size, and memory for all of them. */
START_TEST(device_that_is_gone_has_no_queues)	/* HARD-STAT-5 */
{
	fake_must_open(&vdev);
	must_reset();
	fake.silent = true;
	ck_assert_uint_eq(vpci_get_queue_size(&vdev, 0), 0);
	assert_error_says("was removed");
}
END_TEST

START_TEST(change_between_reset_and_start_is_told)	/* PCI-CFGCHG-1 */
{
	uint8_t byte;
	uint32_t events;

	fake_must_open(&vdev);
	must_reset();
	ck_assert_int_eq(virtio_dev_read_dev_config(&vdev, 0, &byte, 1), 0);
	fake.generation++;
	ck_assert_int_eq(virtio_dev_start(&vdev, 2, 0), 0);
	ck_assert_int_eq(virtio_dev_poll_events(&vdev, &events), 0);
	ck_assert_uint_eq(events, VIRTIO_EVENT_CONFIG);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-removal");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, removal_at_any_access_of_a_reset_is_told_as_one, 0, ANSWERS);
	tcase_add_loop_test(tc, removal_at_any_access_of_a_start_is_told_as_one, 0, ANSWERS);
	tcase_add_loop_test(tc, configuration_of_a_device_that_vanishes_is_never_believed, 0,
			    ANSWERS);
	tcase_add_loop_test(tc, configuration_is_not_written_to_a_device_that_is_gone, 0, ANSWERS);
	tcase_add_loop_test(tc, device_that_came_after_it_is_not_touched_when_it_ran, 0, CALLS);
	tcase_add_loop_test(tc, device_that_came_after_it_is_not_touched_when_it_was_reset, 0,
			    CALLS);
	tcase_add_loop_test(tc, kernel_that_wants_the_device_back_is_heard_by_control_calls, 0,
			    CALLS);
	tcase_add_test(tc, reset_asks_the_bus_before_it_touches_a_register);
	tcase_add_test(tc, device_that_is_gone_has_no_queues);
	tcase_add_test(tc, change_between_reset_and_start_is_told);
	return unit_run("pci-removal", tc);
}
