/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a running device does unasked: it wants a reset, changes, falls silent,
 * is taken away. What of it the program is told, and what is touched after.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <virtio-poll/memory.h>
#include <virtio-poll/virtqueue.h>

#include "fake-function.h"
#include "regs.h"
#include "unit.h"

#define RUNNING	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | \
		 VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)

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

static uint32_t events(void)
{
	uint32_t bits = 0;

	ck_assert_int_eq(virtio_dev_poll_events(&vdev, &bits), 0);
	return bits;
}

static void submit(void *cookie)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = 4096 };

	ck_assert_int_eq(virtqueue_req_submit(vdev.vqs[0], cookie, &iov, 0, 1), 0);
	virtqueue_req_flush(vdev.vqs[0]);
}

/* Both cookies come back once, as failed ones. */
static void assert_failed(void)
{
	void *back[4];

	ck_assert_uint_eq(virtqueue_recv_failed(vdev.vqs[0], back, 4), 2);
	ck_assert(back[0] != back[1]);
	ck_assert_uint_eq(virtqueue_recv_failed(vdev.vqs[0], back, 4), 0);
}

static void start_with_two_requests(void)
{
	fake_must_start(&vdev, 2);
	ck_assert_uint_eq(events(), 0);
	submit(&vdev);
	submit(&fake);
}

static void signal_fd(int fd)
{
	const uint64_t one = 1;

	ck_assert_int_eq(write(fd, &one, sizeof(one)), sizeof(one));
}

START_TEST(quiet_device_has_no_events)
{
	fake.generation = 5;
	fake_must_start(&vdev, 2);
	ck_assert_uint_eq(events(), 0);
	ck_assert_uint_eq(events(), 0);
}
END_TEST

/* HARD-STAT-1 */
START_TEST(wish_for_a_reset_is_seen_by_who_polls)
{
	start_with_two_requests();
	fake_set_status(RUNNING | VIRTIO_CONFIG_S_NEEDS_RESET);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_NEEDS_RESET);
	ck_assert_uint_eq(events(), 0);
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	assert_failed();
}
END_TEST

/* HARD-STAT-1: by one interrupt, which is the time that it takes. */
START_TEST(wish_for_a_reset_is_told_by_the_configuration_vector)
{
	int fd;

	fake.irqs = 4;
	fake_must_start(&vdev, 2);
	fd = virtio_dev_get_event_fd(&vdev);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(events(), 0);
	fake_set_status(RUNNING | VIRTIO_CONFIG_S_NEEDS_RESET);
	fake.generation++;
	fake_signal(0);
	ck_assert_int_eq(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 1000), 1);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_NEEDS_RESET | VIRTIO_EVENT_CONFIG);
}
END_TEST

/* HARD-STAT-1: and the program may go on with it. */
START_TEST(wish_for_a_reset_ends_with_the_reset)
{
	start_with_two_requests();
	fake_set_status(RUNNING | VIRTIO_CONFIG_S_NEEDS_RESET);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_NEEDS_RESET);
	ck_assert_int_eq(virtio_dev_reset(&vdev, UINT64_MAX), 0);
	ck_assert_int_eq(virtio_dev_start(&vdev, 2, 0), 0);
	ck_assert_uint_eq(events(), 0);
	fake_set_status(RUNNING | VIRTIO_CONFIG_S_NEEDS_RESET);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_NEEDS_RESET);
}
END_TEST

/* HARD-STAT-1: a device need not interrupt when it wants one. */
START_TEST(wish_for_a_reset_is_seen_without_an_interrupt)
{
	fake.irqs = 4;
	start_with_two_requests();
	fake_set_status(RUNNING | VIRTIO_CONFIG_S_NEEDS_RESET);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_NEEDS_RESET);
	ck_assert_uint_eq(events(), 0);
}
END_TEST

/* HARD-STAT-4 */
START_TEST(status_that_falls_to_0_is_seen_without_an_interrupt)
{
	fake.irqs = 4;
	start_with_two_requests();
	fake_set_status(0);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	assert_failed();
}
END_TEST

START_TEST(change_is_seen_by_its_generation)
{
	fake_must_start(&vdev, 2);
	ck_assert_uint_eq(events(), 0);
	fake.generation++;
	ck_assert_uint_eq(events(), VIRTIO_EVENT_CONFIG);
	ck_assert_uint_eq(events(), 0);
}
END_TEST

START_TEST(vector_of_its_own_means_a_change_whatever_the_generation)
{
	fake.irqs = 4;
	fake_must_start(&vdev, 2);
	ck_assert_uint_eq(events(), 0);
	fake_signal(0);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_CONFIG);
}
END_TEST

/* HARD-STAT-4 */
START_TEST(status_that_falls_to_0_is_a_device_that_is_lost)
{
	start_with_two_requests();
	fake_set_status(0);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	assert_failed();
	ck_assert_int_eq(virtqueue_get_error(vdev.vqs[0]), -ENODEV);
}
END_TEST

/* HARD-STAT-4 */
START_TEST(status_that_loses_driver_ok_is_a_device_that_is_lost)
{
	start_with_two_requests();
	fake_set_status(RUNNING & ~VIRTIO_CONFIG_S_DRIVER_OK);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	assert_failed();
}
END_TEST

/* HARD-STAT-4 */
START_TEST(lost_driver_ok_is_told_to_who_asks_for_the_status)
{
	start_with_two_requests();
	fake_set_status(RUNNING & ~VIRTIO_CONFIG_S_DRIVER_OK);
	ck_assert_uint_eq(virtio_dev_get_status(&vdev), 0xff);
	assert_failed();
}
END_TEST

START_TEST(device_that_does_not_take_driver_ok_is_not_lost)
{
	fake.refuses_driver_ok = true;
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), -EIO);
	assert_error_says("DRIVER_OK");
	fake.refuses_driver_ok = false;
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), 0);
}
END_TEST

/* HARD-STAT-5 */
START_TEST(status_of_ones_is_no_wish_for_a_reset)
{
	start_with_two_requests();
	fake.silent = true;
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	assert_failed();
}
END_TEST

START_TEST(configuration_space_of_ones_is_not_written)	/* HARD-STAT-5 */
{
	unsigned writes;

	fake.watched = true;
	start_with_two_requests();
	writes = fake.config_writes;
	fake.gone = true;
	signal_fd(fake.dev->req_fd);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	ck_assert_uint_eq(fake.config_writes, writes);
}
END_TEST

START_TEST(configuration_space_that_is_gone_is_noticed_by_polling)
{
	void *back[2];
	uint32_t lens[2];

	start_with_two_requests();
	fake.gone = true;
	for (int i = 0; i < 2000000 && !virtqueue_get_error(vdev.vqs[0]); i++)
		must(virtio_recv_pkts(vdev.vqs[0], back, lens, 2) == 0);
	ck_assert_int_eq(virtqueue_get_error(vdev.vqs[0]), -ENODEV);
	assert_failed();
}
END_TEST

START_TEST(polling_touches_no_register)
{
	void *back[2];
	unsigned before;

	start_with_two_requests();
	before = fake.accesses;
	for (int i = 0; i < 2000000; i++)
		must(virtio_recv_pkts(vdev.vqs[0], back, NULL, 2) == 0);
	ck_assert_uint_eq(fake.accesses, before);
}
END_TEST

START_TEST(kernel_that_wants_the_device_back_gets_it)
{
	fake.watched = true;
	start_with_two_requests();
	signal_fd(fake.dev->req_fd);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	ck_assert_int_eq(virtqueue_get_error(vdev.vqs[0]), -ENODEV);
	ck_assert_uint_eq(fake.let_goes, 1);
	assert_failed();
	/* Reset and off the bus before the kernel has it. */
	ck_assert_uint_eq(fake_reg(COMMON_STATUS, 1), 0);
	ck_assert(!(fake.space.bytes[VPCI_COMMAND] & VPCI_COMMAND_MASTER));
}
END_TEST

START_TEST(error_of_the_bus_is_a_wish_for_a_reset)
{
	fake.watched = true;
	start_with_two_requests();
	signal_fd(fake.dev->err_fd);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_NEEDS_RESET);
	ck_assert_uint_eq(fake.let_goes, 0);
}
END_TEST

START_TEST(error_of_a_device_that_does_not_answer_is_its_end)
{
	fake.watched = true;
	start_with_two_requests();
	fake.silent = true;
	signal_fd(fake.dev->err_fd);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	assert_failed();
}
END_TEST

START_TEST(nothing_is_touched_once_the_device_is_gone)
{
	uint8_t byte;
	unsigned accesses, writes;

	fake.watched = true;
	fake.irqs = 4;
	start_with_two_requests();
	signal_fd(fake.dev->req_fd);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	accesses = fake.accesses;
	writes = fake.config_writes;
	ck_assert_int_eq(virtio_dev_read_dev_config(&vdev, 0, &byte, 1), -ENODEV);
	ck_assert_uint_eq(virtio_dev_get_status(&vdev), 0xff);
	virtio_dev_set_status(&vdev, VIRTIO_CONFIG_S_FAILED);
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), -ENODEV);
	assert_error_says("removed");
	virtio_dev_destruct(&vdev);
	ck_assert_uint_eq(fake.accesses, accesses);
	ck_assert_uint_eq(fake.config_writes, writes);
}
END_TEST

START_TEST(removal_is_told_once)
{
	fake.watched = true;
	start_with_two_requests();
	signal_fd(fake.dev->req_fd);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	ck_assert_uint_eq(events(), 0);
	ck_assert_uint_eq(fake.let_goes, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-loss");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, quiet_device_has_no_events);
	tcase_add_test(tc, wish_for_a_reset_is_seen_by_who_polls);
	tcase_add_test(tc, wish_for_a_reset_is_told_by_the_configuration_vector);
	tcase_add_test(tc, wish_for_a_reset_ends_with_the_reset);
	tcase_add_test(tc, wish_for_a_reset_is_seen_without_an_interrupt);
	tcase_add_test(tc, status_that_falls_to_0_is_seen_without_an_interrupt);
	tcase_add_test(tc, change_is_seen_by_its_generation);
	tcase_add_test(tc, vector_of_its_own_means_a_change_whatever_the_generation);
	tcase_add_test(tc, status_that_falls_to_0_is_a_device_that_is_lost);
	tcase_add_test(tc, status_that_loses_driver_ok_is_a_device_that_is_lost);
	tcase_add_test(tc, lost_driver_ok_is_told_to_who_asks_for_the_status);
	tcase_add_test(tc, device_that_does_not_take_driver_ok_is_not_lost);
	tcase_add_test(tc, status_of_ones_is_no_wish_for_a_reset);
	tcase_add_test(tc, configuration_space_of_ones_is_not_written);
	tcase_add_test(tc, configuration_space_that_is_gone_is_noticed_by_polling);
	tcase_add_test(tc, polling_touches_no_register);
	tcase_add_test(tc, kernel_that_wants_the_device_back_gets_it);
	tcase_add_test(tc, error_of_the_bus_is_a_wish_for_a_reset);
	tcase_add_test(tc, error_of_a_device_that_does_not_answer_is_its_end);
	tcase_add_test(tc, nothing_is_touched_once_the_device_is_gone);
	tcase_add_test(tc, removal_is_told_once);
	return unit_run("pci-loss", tc);
}
