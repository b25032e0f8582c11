/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device that refuses its n-th step, for every n: the call fails in words,
 * nothing is left behind, and destruct accepts whatever there is.
 */
#include "config.h"

#include <errno.h>

#include <linux/virtio_config.h>

#include <virtio-poll/memory.h>

#include "fake-device.h"

static struct fake fake;

/* Everything a program does, until something fails: 0 or that error. */
static int live(void)
{
	int error = virtio_dev_reset(&fake.vdev, UINT64_MAX);
	void *mem;

	if (!error)
		error = virtio_dev_start(&fake.vdev, 2, 1);
	if (!error)
		error = virtio_mem_alloc(3 << 20, NULL, &mem);
	if (!error)
		error = virtio_mem_free(mem);
	return error;
}

/* How many steps there are at which it could fail. */
static unsigned count_steps(void)
{
	unsigned n;

	fake_init(&fake);
	fake_open(&fake);
	ck_assert_int_eq(live(), 0);
	fake_down(&fake);
	n = fake.fallible;
	ck_assert_uint_gt(n, 5);
	return n;
}

START_TEST(failure_at_any_step_is_told_and_leaves_nothing)	/* INIT-12, -13, FEAT-9 */
{
	static const int errors[] = { EIO, ENOMEM, ENOTSUP };
	unsigned steps = count_steps(), fds = count_fds();

	for (unsigned at = 1; at <= steps; at++) {
		fake_init(&fake);
		fake.fail_at = at;
		fake.fail_with = errors[at % 3];
		fake_open(&fake);
		/* get_features has no errno to give. */
		ck_assert_int_eq(live(), at == 1 ? -EIO : -errors[at % 3]);
		assert_error_says("does not want to");
		fake_down(&fake);
		ck_assert_uint_eq(fake.destructed, 1);
		ck_assert_uint_eq(fake.nregions, 0);
		ck_assert_uint_eq(count_fds(), fds);
	}
}
END_TEST

/* The first, get_features, answers with a value and not with a number of errno. */
#define VALUE_STEPS 1

START_TEST(step_that_returns_a_positive_number_has_failed)
{
	unsigned steps = count_steps();

	for (unsigned at = VALUE_STEPS + 1; at <= steps; at++) {
		fake_init(&fake);
		fake.fail_at = at;
		fake.fail_with = -77;
		fake_open(&fake);
		ck_assert_int_eq(live(), -EPROTO);
		assert_error_says("returned 77, and not 0 or -errno");
		fake_down(&fake);
	}
}
END_TEST

START_TEST(step_that_fails_without_a_sentence_is_told_in_the_words_of_errno)
{
	unsigned steps = count_steps();

	for (unsigned at = VALUE_STEPS + 1; at <= steps; at++) {
		fake_init(&fake);
		fake.fail_at = at;
		fake.fails_mutely = true;
		fake_open(&fake);
		ck_assert_int_eq(live(), -EIO);
		assert_error_says(strerror(EIO));
		fake_down(&fake);
	}
}
END_TEST

START_TEST(device_works_after_any_failed_step)
{
	unsigned steps = count_steps();

	for (unsigned at = 1; at <= steps; at++) {
		fake_init(&fake);
		fake.fail_at = at;
		fake_open(&fake);
		ck_assert_int_lt(live(), 0);
		ck_assert_int_eq(live(), 0);
		ck_assert_uint_eq(fake.status, 15);
		fake_down(&fake);
	}
}
END_TEST

/* Of a failed start: the device is told, and needs a reset. */
START_TEST(failed_start_sets_failed_and_needs_a_reset)	/* INIT-12 */
{
	for (unsigned at = 3; at <= 5; at++) {
		fake_init(&fake);
		fake.fail_at = at;
		fake_open(&fake);
		ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
		ck_assert_int_lt(virtio_dev_start(&fake.vdev, 2, 0), 0);
		ck_assert_ptr_nonnull(strstr(fake.trace, "status=139"));
		ck_assert_int_eq(virtio_dev_start(&fake.vdev, 2, 0), -EINVAL);
		fake_down(&fake);
	}
}
END_TEST

START_TEST(queue_whose_setup_failed_is_not_deleted)
{
	fake_up(&fake, 2);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	/* After as many regions as before, and setup0, comes setup1. */
	fake.fail_at = fake.fallible + fake.added + 2;
	fake_forget(&fake);
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 2, 0), -EIO);
	ck_assert_ptr_nonnull(strstr(fake.trace, "setup0 setup1 status=139 stop del0 mem- "));
	fake_down(&fake);
}
END_TEST

START_TEST(failed_construct_leaves_a_zeroed_device)
{
	static const struct virtio_dev zero;
	static const struct virtio_dev_ops none = { VIRTIO_DEV_OPS_INIT, .mem_add = NULL };
	struct virtio_dev vdev = zero;

	ck_assert_int_eq(virtio_dev_construct(&vdev, "x", &none, NULL), -EINVAL);
	ck_assert_mem_eq(&vdev, &zero, sizeof(vdev));
	ck_assert_int_eq(virtio_dev_construct(&vdev, NULL, &none, NULL), -EINVAL);
	ck_assert_int_eq(virtio_dev_construct(&vdev, "x", NULL, NULL), -EINVAL);
	ck_assert_int_eq(virtio_dev_construct(NULL, "x", &none, NULL), -EINVAL);
	ck_assert_mem_eq(&vdev, &zero, sizeof(vdev));
}
END_TEST

START_TEST(device_that_is_open_cannot_be_constructed_again)
{
	fake_init(&fake);
	fake_open(&fake);
	ck_assert_int_eq(fake_construct(&fake), -EBUSY);
	fake_start(&fake, 2);
	fake_down(&fake);
	ck_assert_uint_eq(fake.destructed, 1);
}
END_TEST

/* What a device can be when it is destructed. */
static void bring_to(int state)
{
	fake_init(&fake);
	fake_open(&fake);
	if (state > 0)
		ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	if (state > 1)
		ck_assert_int_eq(virtio_dev_start(&fake.vdev, 2, 0), 0);
	if (state == 3)
		ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	if (state == 4)
		virtio_dev_report(&fake.vdev, VIRTIO_EVENT_PEER_LOST, "gone");
	if (state == 5)
		fake.unstoppable = true;
}

START_TEST(destruct_takes_a_device_in_any_state)
{
	static const struct virtio_dev zero;
	unsigned fds = count_fds();

	bring_to(_i);
	virtio_dev_destruct(&fake.vdev);
	ck_assert_mem_eq(&fake.vdev, &zero, sizeof(zero));
	ck_assert_uint_eq(fake.destructed, 1);
	virtio_dev_destruct(&fake.vdev);
	ck_assert_uint_eq(fake.destructed, 1);
	ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

START_TEST(backend_keeps_its_context_whatever_the_caller_writes)
{
	fake_init(&fake);
	fake_open(&fake);
	ck_assert_ptr_eq(fake.vdev.ctx, &fake);
	fake.vdev.ctx = NULL;
	fake_start(&fake, 2);
	fake_down(&fake);
	ck_assert_uint_eq(fake.destructed, 1);
}
END_TEST

START_TEST(calls_on_a_device_that_is_not_open_are_answered)
{
	struct virtio_dev vdev;
	struct virtio_mem_limits limits;
	uint32_t events;
	char byte;

	memset(&vdev, 0, sizeof(vdev));
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), -EINVAL);
	assert_error_says("virtio_dev_reset: the device is not open");
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), -EINVAL);
	ck_assert_int_eq(virtio_dev_stop(&vdev), -EINVAL);
	ck_assert_int_eq(virtio_dev_read_dev_config(&vdev, 0, &byte, 1), -EINVAL);
	ck_assert_int_eq(virtio_dev_get_mem_limits(&vdev, &limits), -EINVAL);
	ck_assert_int_eq(virtio_dev_get_event_fd(&vdev), -EINVAL);
	ck_assert_int_eq(virtio_dev_poll_events(&vdev, &events), -EINVAL);
	ck_assert_int_eq(virtio_dev_acquire_queue(&vdev, 0), -1);
	ck_assert_uint_eq(virtio_dev_get_status(&vdev), 0);
	ck_assert_int_eq(virtio_dev_reset(NULL, 0), -EINVAL);
}
END_TEST

START_TEST(nowhere_to_put_the_answer_is_an_error)
{
	fake_init(&fake);
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_poll_events(&fake.vdev, NULL), -EINVAL);
	assert_error_says("virtio_dev_poll_events: events is NULL");
	ck_assert_int_eq(virtio_dev_get_mem_limits(&fake.vdev, NULL), -EINVAL);
	ck_assert_int_eq(virtio_dev_read_dev_config(&fake.vdev, 0, NULL, 1), -EINVAL);
	assert_error_says("NULL");
	ck_assert_int_eq(virtio_mem_alloc(4096, NULL, NULL), -EINVAL);
	assert_error_says("NULL");
	fake_down(&fake);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("half-built");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, failure_at_any_step_is_told_and_leaves_nothing);
	tcase_add_test(tc, step_that_returns_a_positive_number_has_failed);
	tcase_add_test(tc, step_that_fails_without_a_sentence_is_told_in_the_words_of_errno);
	tcase_add_test(tc, device_works_after_any_failed_step);
	tcase_add_test(tc, failed_start_sets_failed_and_needs_a_reset);
	tcase_add_test(tc, queue_whose_setup_failed_is_not_deleted);
	tcase_add_test(tc, failed_construct_leaves_a_zeroed_device);
	tcase_add_test(tc, device_that_is_open_cannot_be_constructed_again);
	tcase_add_loop_test(tc, destruct_takes_a_device_in_any_state, 0, 6);
	tcase_add_test(tc, backend_keeps_its_context_whatever_the_caller_writes);
	tcase_add_test(tc, calls_on_a_device_that_is_not_open_are_answered);
	tcase_add_test(tc, nowhere_to_put_the_answer_is_an_error);
	return unit_run("half-built", tc);
}
