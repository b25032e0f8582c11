/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device's way from construct to destruct: the status it is shown step by
 * step, what the library does when a step fails, and what it never does.
 */
#include "config.h"

#include <errno.h>
#include <time.h>

#include <linux/virtio_config.h>

#include "fake-device.h"

static struct fake fake;

static void init(void)
{
	fake_init(&fake);
}

static void down(void)
{
	fake_down(&fake);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* INIT-1, -2, -3, -4, -7, STATUS-1 */
START_TEST(reset_follows_the_specification_step_by_step)
{
	fake.status = 15;	/* whatever state it is in */
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	ck_assert_str_eq(fake.trace, "status=0 status=1 status=3 features accept status=11 ");
}
END_TEST

START_TEST(start_sets_driver_ok_after_all_queues)	/* INIT-10, -11 */
{
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	fake_forget(&fake);
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 2, 0), 0);
	ck_assert_str_eq(fake.trace, "mem+ setup0 setup1 status=15 ");
}
END_TEST

START_TEST(stop_comes_before_queues_and_memory_go)	/* CLEAN-2, RESET-2 */
{
	fake_open(&fake);
	fake_start(&fake, 2);
	fake_forget(&fake);
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	ck_assert_str_eq(fake.trace, "stop del0 del1 mem- ");
}
END_TEST

START_TEST(reset_waits_until_the_status_is_0)	/* RESET-1 */
{
	fake_open(&fake);
	fake.resetting = 50;
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	ck_assert_str_eq(fake.trace, "status=0 status=1 status=3 features accept status=11 ");
	ck_assert_uint_eq(fake.resetting, 0);
}
END_TEST

START_TEST(reset_that_never_ends_is_given_up_at_the_deadline)	/* HARD-STAT-2 */
{
	uint64_t began;

	fake_open(&fake);
	fake.stuck = true;
	ck_assert_int_eq(virtio_dev_set_timeout(&fake.vdev, 100), 0);
	began = now_ms();
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), -ETIMEDOUT);
	ck_assert_uint_ge(now_ms() - began, 100);
	ck_assert_uint_lt(now_ms() - began, 4000);	/* by default 5000 */
	assert_error_says("virtio_dev_reset: ");
	assert_error_says("did not reset");
	ck_assert_str_eq(fake.trace, "status=0 ");
}
END_TEST

START_TEST(complaint_about_memory_does_not_shorten_the_wait)	/* RESET-1 */
{
	fake_open(&fake);
	fake_start(&fake, 1);
	fake.remove_complains = true;
	fake.resetting = 20;
	ck_assert_msg(!virtio_dev_reset(&fake.vdev, 0), "%s", virtio_last_error());
}
END_TEST

START_TEST(status_of_all_ones_is_a_device_that_is_gone)	/* HARD-STAT-5 */
{
	fake_open(&fake);
	fake.gone = true;
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), -ENODEV);
	assert_error_says("0xff");
	ck_assert_uint_eq(virtio_dev_get_status(&fake.vdev), 0xff);
}
END_TEST

START_TEST(features_that_do_not_stick_fail_the_device)	/* INIT-9, HARD-FEAT-1, INIT-12, -13 */
{
	fake_open(&fake);
	fake.sticky_not = VIRTIO_CONFIG_S_FEATURES_OK;
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), -EPROTO);
	assert_error_says("FEATURES_OK");
	ck_assert_str_eq(fake.trace,
			 "status=0 status=1 status=3 features accept status=11 status=131 ");
}
END_TEST

START_TEST(device_without_version_1_is_refused)	/* HARD-FEAT-2, RFB-2 */
{
	fake.features &= ~(1ull << VIRTIO_F_VERSION_1);
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, UINT64_MAX), -ENOTSUP);
	assert_error_says("VERSION_1");
	ck_assert_str_eq(fake.trace, "status=0 status=1 status=3 features status=131 ");
}
END_TEST

START_TEST(failed_device_is_reset_before_it_is_tried_again)	/* STATUS-3 */
{
	fake_open(&fake);
	fake.fail_at = 1;
	ck_assert_int_lt(virtio_dev_reset(&fake.vdev, 0), 0);
	ck_assert_uint_eq(fake.status & VIRTIO_CONFIG_S_FAILED, VIRTIO_CONFIG_S_FAILED);
	fake_forget(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	ck_assert_str_eq(fake.trace, "status=0 status=1 status=3 features accept status=11 ");
}
END_TEST

START_TEST(unknown_status_bits_stay)	/* STATUS-2, -5 */
{
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	fake.status |= 32;
	fake_forget(&fake);
	virtio_dev_set_status(&fake.vdev, 4);
	ck_assert_str_eq(fake.trace, "status=47 ");
	virtio_dev_set_status(&fake.vdev, VIRTIO_CONFIG_S_RESET);
	ck_assert_uint_eq(fake.status, 0);
}
END_TEST

START_TEST(driver_ok_that_does_not_stick_fails_the_start)
{
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	fake.sticky_not = VIRTIO_CONFIG_S_DRIVER_OK;
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 1, 0), -EIO);
	assert_error_says("DRIVER_OK");
	ck_assert_uint_eq(fake.nregions, 0);
	ck_assert_ptr_null(fake.vdev.vqs);
}
END_TEST

START_TEST(device_that_needs_a_reset_is_not_started)	/* HARD-STAT-1 */
{
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	fake.extra_status = VIRTIO_CONFIG_S_NEEDS_RESET;
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 1, 0), -EIO);
	assert_error_says("needs a reset");
}
END_TEST

START_TEST(start_without_a_reset_is_refused)
{
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 1, 0), -EINVAL);
	assert_error_says("virtio_dev_reset");
	fake_start(&fake, 1);
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 1, 0), -EINVAL);
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	ck_assert_int_eq(virtio_dev_start(&fake.vdev, 1, 0), -EINVAL);
}
END_TEST

START_TEST(reset_stops_a_started_device)	/* FEAT-11 */
{
	fake_open(&fake);
	fake_start(&fake, 2);
	fake_forget(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	ck_assert_str_eq(fake.trace, "stop del0 del1 mem- status=0 status=1 status=3 features "
				     "accept status=11 ");
	ck_assert_ptr_null(fake.vdev.vqs);
}
END_TEST

START_TEST(features_are_negotiated_anew_at_each_reset)	/* HARD-FEAT-4 */
{
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	ck_assert(virtio_dev_has_feature(&fake.vdev, VIRTIO_RING_F_EVENT_IDX));
	fake.features &= ~(1ull << VIRTIO_RING_F_EVENT_IDX);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	ck_assert(!virtio_dev_has_feature(&fake.vdev, VIRTIO_RING_F_EVENT_IDX));
	ck_assert(!virtio_dev_has_feature(&fake.vdev, 64));
	ck_assert(!virtio_dev_has_feature(&fake.vdev, UINT64_MAX));
}
END_TEST

START_TEST(ring_of_every_start_is_clear)	/* SPLIT-KICK-1, VQREENABLE-1 */
{
	fake_open(&fake);
	for (int i = 0; i < 5; i++) {
		fake_start(&fake, 2);
		memset(fake.vqs[0]->vq_device, 0xa5, 6 + 8 * 16);
		memset(fake.vqs[1]->vq_desc, 0xa5, 16 * 16);
		ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	}
	ck_assert(!fake.dirty_ring);
}
END_TEST

START_TEST(size_of_a_queue_is_asked_anew_at_each_start)	/* HARD-QSZ-6 */
{
	fake_open(&fake);
	fake_start(&fake, 1);
	ck_assert_uint_eq(virtqueue_size(fake.vdev.vqs[0]), 16);
	fake.sizes[0] = 256;
	fake_start(&fake, 1);
	ck_assert_uint_eq(virtqueue_size(fake.vdev.vqs[0]), 256);
}
END_TEST

START_TEST(areas_on_the_bus_are_those_in_memory)	/* SPLIT-LAYOUT-1 */
{
	struct virtqueue *vq;

	fake.delta = 0x100000000000;
	fake_open(&fake);
	fake_start(&fake, 2);
	vq = fake.vdev.vqs[1];
	ck_assert_uint_eq(vq->vq_desc_mem, (uintptr_t)vq->vq_desc + fake.delta);
	ck_assert_uint_eq(vq->vq_driver_mem, (uintptr_t)vq->vq_driver + fake.delta);
	ck_assert_uint_eq(vq->vq_device_mem, (uintptr_t)vq->vq_device + fake.delta);
	ck_assert_uint_eq(vq->vq_ring_mem, (uintptr_t)vq->vq_ring_virt_mem + fake.delta);
	ck_assert(fake_knows(&fake, vq->vq_ring_virt_mem, vq->vq_ring_size));
}
END_TEST

START_TEST(configuration_may_be_used_before_reset)	/* CFG-8 */
{
	uint8_t byte = 77;

	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_write_dev_config(&fake.vdev, 3, &byte, 1), 0);
	byte = 0;
	ck_assert_int_eq(virtio_dev_read_dev_config(&fake.vdev, 3, &byte, 1), 0);
	ck_assert_uint_eq(byte, 77);
}
END_TEST

START_TEST(read_is_repeated_until_it_is_of_one_moment)	/* CFG-1, -2, -3 */
{
	uint8_t bytes[64];

	fake_open(&fake);
	fake.config_changes = 7;
	ck_assert_int_eq(virtio_dev_read_dev_config(&fake.vdev, 0, bytes, 64), 0);
	for (int i = 0; i < 64; i++)
		ck_assert_uint_eq(bytes[i], 7);
}
END_TEST

START_TEST(space_that_changes_for_ever_is_given_up_on)	/* HARD-CFG-1 */
{
	uint8_t bytes[64];

	fake_open(&fake);
	fake.config_changes = UINT32_MAX;
	ck_assert_int_eq(virtio_dev_read_dev_config(&fake.vdev, 0, bytes, 64), -EAGAIN);
	ck_assert_uint_le(fake.generation, 100);
}
END_TEST

START_TEST(bad_ranges_of_configuration_are_refused)	/* HARD-CFG-2 */
{
	uint8_t bytes[64];

	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_read_dev_config(&fake.vdev, 0, bytes, -1), -EINVAL);
	ck_assert_int_eq(virtio_dev_read_dev_config(&fake.vdev, SIZE_MAX, bytes, 1), -EINVAL);
	ck_assert_int_eq(virtio_dev_read_dev_config(&fake.vdev, 64, bytes, 1), -EINVAL);
	ck_assert_int_eq(virtio_dev_write_dev_config(&fake.vdev, 63, bytes, 2), -EINVAL);
	ck_assert_int_eq(virtio_dev_read_dev_config(&fake.vdev, 64, bytes, 0), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lifecycle");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, init, down);
	tcase_add_test(tc, reset_follows_the_specification_step_by_step);
	tcase_add_test(tc, start_sets_driver_ok_after_all_queues);
	tcase_add_test(tc, stop_comes_before_queues_and_memory_go);
	tcase_add_test(tc, reset_waits_until_the_status_is_0);
	tcase_add_test(tc, reset_that_never_ends_is_given_up_at_the_deadline);
	tcase_add_test(tc, complaint_about_memory_does_not_shorten_the_wait);
	tcase_add_test(tc, status_of_all_ones_is_a_device_that_is_gone);
	tcase_add_test(tc, features_that_do_not_stick_fail_the_device);
	tcase_add_test(tc, device_without_version_1_is_refused);
	tcase_add_test(tc, failed_device_is_reset_before_it_is_tried_again);
	tcase_add_test(tc, unknown_status_bits_stay);
	tcase_add_test(tc, driver_ok_that_does_not_stick_fails_the_start);
	tcase_add_test(tc, device_that_needs_a_reset_is_not_started);
	tcase_add_test(tc, start_without_a_reset_is_refused);
	tcase_add_test(tc, reset_stops_a_started_device);
	tcase_add_test(tc, features_are_negotiated_anew_at_each_reset);
	tcase_add_test(tc, ring_of_every_start_is_clear);
	tcase_add_test(tc, size_of_a_queue_is_asked_anew_at_each_start);
	tcase_add_test(tc, areas_on_the_bus_are_those_in_memory);
	tcase_add_test(tc, configuration_may_be_used_before_reset);
	tcase_add_test(tc, read_is_repeated_until_it_is_of_one_moment);
	tcase_add_test(tc, space_that_changes_for_ever_is_given_up_on);
	tcase_add_test(tc, bad_ranges_of_configuration_are_refused);
	return unit_run("lifecycle", tc);
}
