/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Doorbells: where each queue's is, how wide, what is written there; and
 * which queues are refused since theirs lies nowhere.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <unistd.h>

#include <virtio-poll/memory.h>
#include <virtio-poll/virtqueue.h>

#include "fake-function.h"
#include "regs.h"
#include "unit.h"

#define DATA		(1ull << VIRTIO_F_NOTIFICATION_DATA)
#define CONFIG_DATA	(1ull << VIRTIO_F_NOTIF_CONFIG_DATA)

static struct virtio_dev vdev;
static void *buffer;

static void set_up(void)
{
	fake_init();
	ck_assert_int_eq(virtio_mem_alloc(4096, NULL, &buffer), 0);
}

static void tear_down(void)
{
	fake_end(&vdev);
	ck_assert_int_eq(virtio_mem_free(buffer), 0);
}

static void kick(unsigned queue)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = 4096 };

	ck_assert_msg(virtqueue_req_submit(vdev.vqs[queue], &iov, &iov, 0, 1) == 0, "%s",
		      virtio_last_error());
	virtqueue_req_flush(vdev.vqs[queue]);
}

/* The doorbell of a queue that was just kicked. */
static void assert_rung(unsigned queue, uint64_t at, unsigned width, uint32_t value)
{
	struct fake_access_log last;

	kick(queue);
	ck_assert(fake_rung(&last));
	ck_assert_uint_eq(last.at, at);
	ck_assert_uint_eq(last.width, width);
	ck_assert_uint_eq(last.value, value);
}

/* PCI-NOTIFCAP-1 */
START_TEST(doorbells_lie_apart_by_the_multiplier)
{
	static const uint32_t multipliers[] = { 0, 2, 4, 4096 };

	for (size_t i = 0; i < sizeof(multipliers) / sizeof(multipliers[0]); i++) {
		fake_init();
		fake.multiplier = multipliers[i];
		fake.notify.offset = 0x2000;
		fake.notify.length = 0x2000;
		fake.device.length = 0;
		fake.queues[1].notify_off = 1;
		fake.queues[0].notify_off = 0;
		fake.num_queues = 2;
		fake_must_start(&vdev, 2);
		assert_rung(0, 0x2000, 2, 0);
		assert_rung(1, 0x2000 + multipliers[i], 2, 1);
		fake_end(&vdev);
	}
}
END_TEST

/* PCI-NOTIFCAP-1 */
START_TEST(queues_may_share_and_swap_doorbells)
{
	fake.queues[0].notify_off = 2;
	fake.queues[1].notify_off = 0;
	fake.queues[2].notify_off = 2;
	fake_must_start(&vdev, 3);
	assert_rung(0, 0x3008, 2, 0);
	assert_rung(1, 0x3000, 2, 1);
	assert_rung(2, 0x3008, 2, 2);
}
END_TEST

/* PCI-NOTIFY-1, -3 */
START_TEST(without_data_16_bits_hold_the_index)
{
	fake_must_start(&vdev, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_rung(i, 0x3000 + 4 * i, 2, i);
}
END_TEST

/* PCI-NOTIFY-2, -4 */
START_TEST(with_data_32_bits_hold_index_and_position)
{
	fake.offers |= DATA;
	fake_must_start(&vdev, 3);
	assert_rung(2, 0x3008, 4, 1u << 16 | 2);
	assert_rung(2, 0x3008, 4, 2u << 16 | 2);
	assert_rung(1, 0x3004, 4, 1u << 16 | 1);
}
END_TEST

/* PCI-NOTIFY-5 */
START_TEST(with_config_data_16_bits_hold_the_devices_figure)
{
	fake.offers |= CONFIG_DATA;
	fake_must_start(&vdev, 3);
	assert_rung(2, 0x3008, 2, 0x5a02);
	assert_rung(0, 0x3000, 2, 0x5a00);
}
END_TEST

/* PCI-NOTIFY-6 */
START_TEST(with_both_the_low_half_is_the_devices_figure)
{
	fake.offers |= DATA | CONFIG_DATA;
	fake_must_start(&vdev, 3);
	assert_rung(2, 0x3008, 4, 1u << 16 | 0x5a02);
}
END_TEST

static uint32_t mapped_value(unsigned at)
{
	uint32_t value = 0;

	ck_assert_int_eq(pread(fake.notify_fd, &value, sizeof(value), at), sizeof(value));
	return le32toh(value);
}

/* PCI-NOTIFY-3, -6: the same through a mapping. */
START_TEST(mapped_doorbells_get_the_same_values)
{
	fake.map_notify = true;
	fake_must_start(&vdev, 3);
	ck_assert_ptr_nonnull(vdev.vqs[2]->notify_addr);
	kick(2);
	ck_assert_uint_eq(mapped_value(8), 2);
	fake_end(&vdev);

	fake_init();
	fake.map_notify = true;
	fake.offers |= DATA | CONFIG_DATA;
	fake_must_start(&vdev, 3);
	kick(1);
	ck_assert_uint_eq(mapped_value(4), 1u << 16 | 0x5a01);
}
END_TEST

/* HARD-CAP-10 */
START_TEST(without_a_mapping_there_is_no_doorbell_address)
{
	fake_must_start(&vdev, 1);
	ck_assert_ptr_null(vdev.vqs[0]->notify_addr);
	assert_rung(0, 0x3000, 2, 0);
}
END_TEST

static void assert_refused(const char *why)
{
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_reset(&vdev, UINT64_MAX), 0);
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), -EPROTO);
	assert_error_says("doorbell of queue 0");
	assert_error_says(why);
	ck_assert_uint_eq(fake_queue_reg(fake.queues[0].at_enable, COMMON_QUEUE_ENABLE, 2), 0);
}

/* HARD-CAP-7: the product has 32 bits, and more than the structure has. */
START_TEST(doorbell_outside_of_the_structure_is_refused)
{
	static const struct {
		uint16_t notify_off;
		uint32_t multiplier;
		uint32_t length;
	} rows[] = {
		{ 0xffff, 0x10000, 0x1000 }, { 0xffff, 0xfffffffe, 0x1000 }, { 0x400, 4, 0x1000 },
		{ 1, 0x1000, 0x1000 }, { 3, 4, 12 }, { 3, 4, 13 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_init();
		fake.queues[0].notify_off = rows[i].notify_off;
		fake.multiplier = rows[i].multiplier;
		fake.notify.length = rows[i].length;
		assert_refused("outside");
		fake_end(&vdev);
	}
}
END_TEST

/* HARD-CAP-7 */
START_TEST(doorbell_may_be_the_last_bytes_of_the_structure)
{
	fake.notify.length = 2 * 4 + 2;
	fake_must_start(&vdev, 3);
	assert_rung(2, 0x3008, 2, 2);
}
END_TEST

/* HARD-CAP-7, PCI-NOTIFCAP-2 */
START_TEST(doorbell_with_data_needs_room_for_32_bits)
{
	fake.offers |= DATA;
	fake.notify.length = 2 * 4 + 2;
	fake.queues[0].notify_off = 2;
	assert_refused("outside");
}
END_TEST

/* HARD-CAP-8 */
START_TEST(odd_multiplier_is_refused_where_it_matters)
{
	fake.multiplier = 3;
	fake.queues[0].notify_off = 1;
	assert_refused("multiple of 2");
}
END_TEST

/* HARD-CAP-8 */
START_TEST(odd_multiplier_does_no_harm_where_doorbells_are_aligned)
{
	fake.multiplier = 3;
	fake.queues[0].notify_off = 2;
	fake_must_start(&vdev, 1);
	assert_rung(0, 0x3006, 2, 0);
}
END_TEST

/* HARD-CAP-7: inside of the structure, and outside of what was mapped of it. */
START_TEST(doorbell_that_moves_while_it_is_set_up_is_refused)
{
	fake.map_notify = true;
	fake.num_queues = 1;
	fake.queues[0].moves_by = 1;
	assert_refused("moved");
}
END_TEST

/* HARD-CAP-7 */
START_TEST(doorbell_that_moves_within_what_is_mapped_is_rung_where_it_is)
{
	fake.queues[0].moves_by = 2;
	fake_must_start(&vdev, 3);
	assert_rung(0, 0x3008, 2, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-doorbell");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, doorbells_lie_apart_by_the_multiplier);
	tcase_add_test(tc, queues_may_share_and_swap_doorbells);
	tcase_add_test(tc, without_data_16_bits_hold_the_index);
	tcase_add_test(tc, with_data_32_bits_hold_index_and_position);
	tcase_add_test(tc, with_config_data_16_bits_hold_the_devices_figure);
	tcase_add_test(tc, with_both_the_low_half_is_the_devices_figure);
	tcase_add_test(tc, mapped_doorbells_get_the_same_values);
	tcase_add_test(tc, without_a_mapping_there_is_no_doorbell_address);
	tcase_add_test(tc, doorbell_outside_of_the_structure_is_refused);
	tcase_add_test(tc, doorbell_may_be_the_last_bytes_of_the_structure);
	tcase_add_test(tc, doorbell_with_data_needs_room_for_32_bits);
	tcase_add_test(tc, odd_multiplier_is_refused_where_it_matters);
	tcase_add_test(tc, odd_multiplier_does_no_harm_where_doorbells_are_aligned);
	tcase_add_test(tc, doorbell_that_moves_while_it_is_set_up_is_refused);
	tcase_add_test(tc, doorbell_that_moves_within_what_is_mapped_is_rung_where_it_is);
	return unit_run("pci-doorbell", tc);
}
