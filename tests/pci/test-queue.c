/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a queue is set up: in which order, with which values, and which queues
 * are refused before the device is told of them.
 */
#include "config.h"

#include <errno.h>

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

static void must_reset(void)
{
	ck_assert_msg(virtio_dev_reset(&vdev, UINT64_MAX) == 0, "%s", virtio_last_error());
}

static uint64_t at_enable(unsigned queue, unsigned at, unsigned width)
{
	return fake_queue_reg(fake.queues[queue].at_enable, at, width);
}

/* PCI-COMMON-4, PCI-COMMON-13: each queue has what belongs to it. */
START_TEST(all_fields_are_there_when_a_queue_is_enabled)
{
	fake_must_start(&vdev, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct virtqueue *vq = vdev.vqs[i];

		ck_assert_uint_eq(at_enable(i, COMMON_QUEUE_ENABLE, 2), 1);
		ck_assert_uint_eq(at_enable(i, COMMON_QUEUE_SIZE, 2), 256);
		ck_assert_uint_eq(at_enable(i, COMMON_QUEUE_DESC, 8), vq->vq_desc_mem);
		ck_assert_uint_eq(at_enable(i, COMMON_QUEUE_DRIVER, 8), vq->vq_driver_mem);
		ck_assert_uint_eq(at_enable(i, COMMON_QUEUE_DEVICE, 8), vq->vq_device_mem);
		ck_assert_uint_eq(at_enable(i, COMMON_QUEUE_VECTOR, 2), VPCI_NO_VECTOR);
	}
}
END_TEST

/* PCI-LAYOUT-4 */
START_TEST(addresses_above_4_gib_arrive_in_both_halves)
{
	fake.translated = true;
	fake.offers |= 1ull << VIRTIO_F_ACCESS_PLATFORM;
	fake_must_start(&vdev, 1);
	ck_assert_uint_eq(at_enable(0, COMMON_QUEUE_DESC, 8), vdev.vqs[0]->vq_desc_mem);
	ck_assert_uint_ge(at_enable(0, COMMON_QUEUE_DESC, 8), FAKE_IOVA);
}
END_TEST

struct step {
	bool write;
	uint8_t at;
	uint8_t width;
};

static bool is_step(const struct fake_access_log *a, const struct step *step)
{
	return a->write == step->write && a->at == step->at && a->width == step->width;
}

/* PCI-VQ-1 */
START_TEST(queue_is_set_up_step_by_step)
{
	/* A smaller size is written, and read back; so is the vector. */
	static const struct step trace[] = {
		{ true, COMMON_QUEUE_SELECT, 2 }, { false, COMMON_QUEUE_ENABLE, 2 },
		{ false, COMMON_QUEUE_SIZE, 2 }, { true, COMMON_QUEUE_SIZE, 2 },
		{ false, COMMON_QUEUE_SIZE, 2 }, { true, COMMON_QUEUE_VECTOR, 2 },
		{ false, COMMON_QUEUE_VECTOR, 2 }, { true, COMMON_QUEUE_SELECT, 2 },
		{ false, COMMON_QUEUE_NOTIFY_OFF, 2 },
		{ false, COMMON_QUEUE_NOTIF_CONFIG_DATA, 2 },
		{ true, COMMON_QUEUE_DESC, 4 }, { true, COMMON_QUEUE_DESC + 4, 4 },
		{ true, COMMON_QUEUE_DRIVER, 4 }, { true, COMMON_QUEUE_DRIVER + 4, 4 },
		{ true, COMMON_QUEUE_DEVICE, 4 }, { true, COMMON_QUEUE_DEVICE + 4, 4 },
		{ true, COMMON_QUEUE_ENABLE, 2 },
	};
	const unsigned n = sizeof(trace) / sizeof(trace[0]);
	unsigned end = 0;

	fake.offers |= 1ull << VIRTIO_F_NOTIF_CONFIG_DATA;
	fake.options.size_limit = 64;
	fake_must_start(&vdev, 1);
	while (end < fake.accesses &&
	       !(fake.log[end].write && fake.log[end].at == COMMON_QUEUE_ENABLE))
		end++;
	ck_assert_uint_lt(end, fake.accesses);
	ck_assert_uint_ge(end + 1, n);
	for (unsigned i = 0; i < n; i++) {
		const struct fake_access_log *a = &fake.log[end + 1 - n + i];

		ck_assert_msg(is_step(a, &trace[i]), "step %u is a %s of %u bytes at 0x%02x", i,
			      a->write ? "write" : "read", a->width, a->at);
	}
}
END_TEST

/* PCI-COMMON-14 */
START_TEST(absent_queue_in_the_middle_is_left_alone)
{
	fake.queues[1].max = 0;
	fake_must_start(&vdev, 3);
	ck_assert_ptr_nonnull(vdev.vqs[0]);
	ck_assert_ptr_null(vdev.vqs[1]);
	ck_assert_ptr_nonnull(vdev.vqs[2]);
	ck_assert_uint_eq(at_enable(0, COMMON_QUEUE_ENABLE, 2), 1);
	ck_assert_uint_eq(at_enable(1, COMMON_QUEUE_ENABLE, 2), 0);
	ck_assert_uint_eq(at_enable(2, COMMON_QUEUE_ENABLE, 2), 1);
}
END_TEST

/* PCI-COMMON-14 */
START_TEST(smaller_size_is_written_on_request)
{
	fake.options.size_limit = 32;
	fake_must_start(&vdev, 1);
	ck_assert_uint_eq(virtqueue_size(vdev.vqs[0]), 32);
	ck_assert_uint_eq(at_enable(0, COMMON_QUEUE_SIZE, 2), 32);
}
END_TEST

/* PCI-COMMON-3, -2: the fake function notes a bad size as well. */
START_TEST(size_of_a_split_queue_is_a_power_of_2)
{
	static const struct {
		uint16_t max, taken;
	} rows[] = {
		{ 1, 1 }, { 2, 2 }, { 3, 2 }, { 255, 128 }, { 257, 256 }, { 1000, 512 },
		{ 32768, 32768 }, { 32769, 32768 }, { 65535, 32768 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_init();
		fake.queues[0].max = rows[i].max;
		fake_must_start(&vdev, 1);
		ck_assert_uint_eq(virtqueue_size(vdev.vqs[0]), rows[i].taken);
		ck_assert_uint_eq(at_enable(0, COMMON_QUEUE_SIZE, 2), rows[i].taken);
		fake_end(&vdev);
	}
}
END_TEST

START_TEST(size_that_the_device_does_not_take_is_an_error)
{
	fake.queues[0].disagrees = true;
	fake.options.size_limit = 64;
	fake_must_open(&vdev);
	must_reset();
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), -EPROTO);
	assert_error_says("does not take 64");
	ck_assert_uint_eq(at_enable(0, COMMON_QUEUE_ENABLE, 2), 0);
}
END_TEST

/* PCI-COMMON-6 */
START_TEST(queue_enable_is_never_written_but_with_1)
{
	fake_must_start(&vdev, 3);
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	must_reset();
	ck_assert_int_eq(virtio_dev_start(&vdev, 3, 0), 0);
	virtio_dev_destruct(&vdev);
	ck_assert_uint_eq(fake_count(true, COMMON_QUEUE_ENABLE, 2), 6);
	for (unsigned i = 0; i < fake.accesses; i++)
		if (fake.log[i].write && fake.log[i].at == COMMON_QUEUE_ENABLE)
			ck_assert_uint_eq(fake.log[i].value, 1);
}
END_TEST

START_TEST(queue_that_is_enabled_after_a_reset_is_an_error)
{
	fake_must_open(&vdev);
	must_reset();
	fake.queues[0].regs[COMMON_QUEUE_ENABLE] = 1;
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), -EPROTO);
	assert_error_says("enabled already");
}
END_TEST

START_TEST(no_more_queues_than_the_device_has)
{
	fake_must_start(&vdev, 200);
	ck_assert_uint_eq(vdev.max_queues, 3);
}
END_TEST

START_TEST(no_more_queues_than_the_option_says)
{
	fake.options.queue_limit = 2;
	fake_must_start(&vdev, 200);
	ck_assert_uint_eq(vdev.max_queues, 2);
	ck_assert_uint_eq(at_enable(2, COMMON_QUEUE_ENABLE, 2), 0);
}
END_TEST

START_TEST(device_that_claims_65535_queues_is_bounded)
{
	fake.num_queues = UINT16_MAX;
	fake_must_start(&vdev, 256);
	ck_assert_uint_eq(vdev.max_queues, 3);
}
END_TEST

/* PCI-CAP-5 */
START_TEST(only_the_doorbells_of_the_queues_are_in_the_window)
{
	fake.notify.length = 0x1000;
	fake_must_start(&vdev, 1);
	ck_assert_uint_eq(fake.dev->notify.place.length, 2 * 4 + 4);
	ck_assert_uint_eq(fake.dev->common.place.length, COMMON_END_ADMIN_QUEUE);
}
END_TEST

/* PCI-CAP-5: of a network device only then is it known how many there are. */
START_TEST(queues_that_negotiation_brings_have_doorbells_too)
{
	fake.num_queues_at_first = 1;
	fake_must_start(&vdev, 3);
	ck_assert_uint_eq(vdev.max_queues, 3);
	ck_assert_uint_eq(at_enable(2, COMMON_QUEUE_ENABLE, 2), 1);
	ck_assert_uint_eq(fake.dev->notify.place.length, 2 * 4 + 4);
}
END_TEST

/* PCI-CAP-5 */
START_TEST(each_start_has_the_doorbells_of_its_queues)
{
	static const uint16_t queues[] = { 1, 3, 2 };

	fake_must_open(&vdev);
	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		fake.num_queues = queues[i];
		must_reset();
		ck_assert_msg(virtio_dev_start(&vdev, 3, 0) == 0, "%s", virtio_last_error());
		ck_assert_uint_eq(vdev.max_queues, queues[i]);
		ck_assert_uint_eq(fake.dev->notify.place.length, 4u * queues[i]);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-queue");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, all_fields_are_there_when_a_queue_is_enabled);
	tcase_add_test(tc, addresses_above_4_gib_arrive_in_both_halves);
	tcase_add_test(tc, queue_is_set_up_step_by_step);
	tcase_add_test(tc, absent_queue_in_the_middle_is_left_alone);
	tcase_add_test(tc, smaller_size_is_written_on_request);
	tcase_add_test(tc, size_of_a_split_queue_is_a_power_of_2);
	tcase_add_test(tc, size_that_the_device_does_not_take_is_an_error);
	tcase_add_test(tc, queue_enable_is_never_written_but_with_1);
	tcase_add_test(tc, queue_that_is_enabled_after_a_reset_is_an_error);
	tcase_add_test(tc, no_more_queues_than_the_device_has);
	tcase_add_test(tc, no_more_queues_than_the_option_says);
	tcase_add_test(tc, device_that_claims_65535_queues_is_bounded);
	tcase_add_test(tc, only_the_doorbells_of_the_queues_are_in_the_window);
	tcase_add_test(tc, queues_that_negotiation_brings_have_doorbells_too);
	tcase_add_test(tc, each_start_has_the_doorbells_of_its_queues);
	return unit_run("pci-queue", tc);
}
