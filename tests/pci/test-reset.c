/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Status and reset of a PCI device: what is written when, how long is waited,
 * what a device that does not confirm costs.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/memory.h>
#include <virtio-poll/virtqueue.h>

#include "fake-function.h"
#include "regs.h"
#include "unit.h"

static struct virtio_dev vdev;

static void set_up(void)
{
	fake_init();
}

static void tear_down(void)
{
	fake_end(&vdev);
}

/* One request of a page that no device completes. */
static void submit(struct virtqueue *vq, void *buffer, void *cookie)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = 4096 };

	ck_assert_msg(virtqueue_req_submit(vq, cookie, &iov, 0, 1) == 0, "%s",
		      virtio_last_error());
	virtqueue_req_flush(vq);
}

START_TEST(device_that_firmware_left_running_is_reset_first)
{
	fake_must_open(&vdev);
	ck_assert_uint_eq(fake.resets, 1);
	ck_assert_uint_eq(fake_reg(COMMON_STATUS, 1), 0);
	/* Read first: one that is gone is not written to. */
	ck_assert(!fake.log[0].write && fake.log[0].at == COMMON_STATUS);
	ck_assert(fake.log[1].write && fake.log[1].at == COMMON_STATUS && !fake.log[1].value);
}
END_TEST

START_TEST(device_may_not_master_the_bus_before_its_first_queue)
{
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert(!(fake.space.bytes[VPCI_COMMAND] & VPCI_COMMAND_MASTER));
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), 0);
	ck_assert(fake.space.bytes[VPCI_COMMAND] & VPCI_COMMAND_MASTER);
}
END_TEST

/* PCI-COMMON-1, -6, -12, PCI-CAP-8, PCI-LAYOUT-1, -2, -3, -4: the fake function
 * keeps watch over each access of a whole life. */
START_TEST(life_from_open_to_close_offends_nobody)
{
	fake.offers |= 1ull << VIRTIO_RING_F_INDIRECT_DESC | 1ull << VIRTIO_RING_F_EVENT_IDX;
	fake.irqs = 4;
	for (int i = 0; i < 3; i++) {
		if (!i)
			fake_must_open(&vdev);
		ck_assert_int_eq(virtio_dev_reset(&vdev, UINT64_MAX), 0);
		ck_assert_int_eq(virtio_dev_start(&vdev, 3, 0), 0);
		ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	}
	ck_assert_int_eq(virtio_dev_reset(&vdev, UINT64_MAX), 0);
	ck_assert_int_eq(virtio_dev_start(&vdev, 2, 0), 0);
}
END_TEST

/* PCI-COMMON-5 */
START_TEST(reset_is_over_when_the_status_reads_0)
{
	fake.reset_reads = 20;
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert_uint_eq(virtio_dev_get_status(&vdev), VIRTIO_CONFIG_S_ACKNOWLEDGE |
			  VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK);
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), 0);
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	ck_assert_uint_eq(fake_reg(COMMON_STATUS, 1), 0);
}
END_TEST

/* HARD-STAT-2 */
START_TEST(device_that_never_resets_is_not_opened)
{
	fake.stuck = true;
	fake.open_ms = 50;
	ck_assert_int_eq(fake_open(&vdev), -ETIMEDOUT);
	ck_assert_ptr_null(fake.dev);
}
END_TEST

/* HARD-STAT-2, HARD-DMA-1 */
START_TEST(unconfirmed_stop_keeps_the_memory_from_reuse)
{
	void *first, *second, *cookie = &fake;

	ck_assert_int_eq(virtio_mem_alloc(4096, NULL, &first), 0);
	fake_must_start(&vdev, 1);
	submit(vdev.vqs[0], first, cookie);
	fake.stuck = true;
	ck_assert_int_eq(virtio_dev_set_timeout(&vdev, 100), 0);
	ck_assert_int_eq(virtio_dev_stop(&vdev), -ETIMEDOUT);
	assert_error_says(FAKE_NAME);
	ck_assert(!(fake.space.bytes[VPCI_COMMAND] & VPCI_COMMAND_MASTER));
	/* Freed, but not for anybody else. */
	(void)virtio_mem_free(first);
	ck_assert_int_eq(virtio_mem_alloc(4096, NULL, &second), 0);
	ck_assert_ptr_ne(first, second);
	ck_assert_int_eq(virtio_mem_free(second), 0);
	fake.stuck = false;
}
END_TEST

/* HARD-STAT-2: nothing of it arrives any more, so memory is safe. */
START_TEST(unconfirmed_stop_behind_an_iommu_ends_with_the_mapping)
{
	fake.translated = true;
	fake.offers |= 1ull << VIRTIO_F_ACCESS_PLATFORM;
	fake_must_start(&vdev, 1);
	fake.stuck = true;
	ck_assert_int_eq(virtio_dev_set_timeout(&vdev, 100), 0);
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	ck_assert_uint_eq(fake.mem_regions, 0);
	ck_assert(!(fake.space.bytes[VPCI_COMMAND] & VPCI_COMMAND_MASTER));
	fake.stuck = false;
}
END_TEST

/* HARD-DMA-1: the fake function notes memory that goes while it runs. */
START_TEST(cookies_fail_only_after_a_confirmed_reset)
{
	void *buffer, *cookie = &fake, *back;

	ck_assert_int_eq(virtio_mem_alloc(4096, NULL, &buffer), 0);
	fake_must_start(&vdev, 1);
	submit(vdev.vqs[0], buffer, cookie);
	ck_assert_uint_eq(virtqueue_recv_failed(vdev.vqs[0], &back, 1), 0);
	fake.reset_reads = 5;
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	ck_assert_uint_eq(fake_reg(COMMON_STATUS, 1), 0);
	ck_assert_uint_eq(virtqueue_recv_failed(vdev.vqs[0], &back, 1), 1);
	ck_assert_ptr_eq(back, cookie);
	ck_assert_int_eq(virtio_mem_free(buffer), 0);
}
END_TEST

/* HARD-STAT-5 */
START_TEST(status_of_ones_at_open_is_a_device_that_is_gone)
{
	/* Configuration space still answers, the BAR does not. */
	fake.silent = true;
	ck_assert_int_eq(fake_open(&vdev), -ENODEV);
	assert_error_says("all ones");
	ck_assert_uint_eq(fake_count(true, 0, 0x4000), 0);
}
END_TEST

/* HARD-STAT-5 */
START_TEST(status_of_ones_after_negotiation_is_no_success)
{
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	fake.gone = true;
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), -ENODEV);
}
END_TEST

/* HARD-STAT-5 */
START_TEST(device_of_ones_is_not_written_to_by_a_reset)
{
	unsigned before;

	fake_must_open(&vdev);
	before = fake_count(true, 0, 0x4000);
	fake.silent = true;
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), -ENODEV);
	ck_assert_uint_eq(fake_count(true, 0, 0x4000), before);
}
END_TEST

/* HARD-STAT-5 */
START_TEST(device_of_ones_is_not_written_to_by_a_stop)
{
	unsigned before;

	fake_must_start(&vdev, 1);
	before = fake_count(true, 0, 0x4000);
	fake.silent = true;
	(void)virtio_dev_stop(&vdev);
	ck_assert_int_eq(virtqueue_get_error(vdev.vqs[0]), -ENODEV);
	ck_assert_uint_eq(fake_count(true, 0, 0x4000), before);
}
END_TEST

/* A page of zeroes is in its place, which takes what is written. */
START_TEST(status_of_0_is_no_reset_of_a_device_that_left_the_bus)
{
	uint32_t bits = 0;

	fake.guarded = true;
	fake_must_start(&vdev, 1);
	fake.gone = true;
	(void)virtio_dev_stop(&vdev);
	ck_assert_int_eq(virtio_dev_poll_events(&vdev, &bits), 0);
	ck_assert_uint_eq(bits, VIRTIO_EVENT_REMOVED);
	ck_assert_int_eq(virtqueue_get_error(vdev.vqs[0]), -ENODEV);
}
END_TEST

START_TEST(status_of_0_is_none_of_a_device_that_left_the_bus)
{
	fake.guarded = true;
	fake_must_open(&vdev);
	ck_assert_uint_eq(virtio_dev_get_status(&vdev), 0);
	fake.gone = true;
	ck_assert_uint_eq(virtio_dev_get_status(&vdev), 0xff);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), -ENODEV);
}
END_TEST

START_TEST(closing_resets_a_running_device)
{
	const unsigned before = 3;

	fake_must_start(&vdev, 1);
	fake.resets = before;
	virtio_dev_destruct(&vdev);
	ck_assert_uint_gt(fake.resets, before);
	ck_assert_uint_eq(fake_reg(COMMON_STATUS, 1), 0);
	ck_assert(!(fake.space.bytes[VPCI_COMMAND] & VPCI_COMMAND_MASTER));
	ck_assert_uint_eq(fake.closes, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-reset");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, device_that_firmware_left_running_is_reset_first);
	tcase_add_test(tc, device_may_not_master_the_bus_before_its_first_queue);
	tcase_add_test(tc, life_from_open_to_close_offends_nobody);
	tcase_add_test(tc, reset_is_over_when_the_status_reads_0);
	tcase_add_test(tc, device_that_never_resets_is_not_opened);
	tcase_add_test(tc, unconfirmed_stop_keeps_the_memory_from_reuse);
	tcase_add_test(tc, unconfirmed_stop_behind_an_iommu_ends_with_the_mapping);
	tcase_add_test(tc, cookies_fail_only_after_a_confirmed_reset);
	tcase_add_test(tc, status_of_ones_at_open_is_a_device_that_is_gone);
	tcase_add_test(tc, status_of_ones_after_negotiation_is_no_success);
	tcase_add_test(tc, device_of_ones_is_not_written_to_by_a_reset);
	tcase_add_test(tc, device_of_ones_is_not_written_to_by_a_stop);
	tcase_add_test(tc, status_of_0_is_no_reset_of_a_device_that_left_the_bus);
	tcase_add_test(tc, status_of_0_is_none_of_a_device_that_left_the_bus);
	tcase_add_test(tc, closing_resets_a_running_device);
	return unit_run("pci-reset", tc);
}
