/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is left of a device once it is gone: no registers that anybody touches,
 * no signal that nobody drains, no obstacle to other devices.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/memory.h>
#include <virtio-poll/virtqueue.h>

#include "fake-function.h"
#include "regs.h"
#include "unit.h"

#define LARGE	(4u << 20)	/* more than any arena has left */

static struct virtio_dev vdev;

static void set_up(void)
{
	fake_init();
}

static void tear_down(void)
{
	fake_end(&vdev);
}

static uint32_t events(void)
{
	uint32_t bits = 0;

	ck_assert_int_eq(virtio_dev_poll_events(&vdev, &bits), 0);
	return bits;
}

static void signal_fd(int fd)
{
	const uint64_t one = 1;

	ck_assert_int_eq(write(fd, &one, sizeof(one)), sizeof(one));
}

static void start_and_lose(void)
{
	fake.watched = true;
	fake_must_start(&vdev, 1);
	signal_fd(fake.dev->req_fd);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
}

/* Nothing but memory behind all of its registers, and nobody who would tell. */
static void start_mapped(void)
{
	fake.map_all = true;
	fake.num_queues = 1;
	fake_must_start(&vdev, 1);
	ck_assert_ptr_nonnull(vdev.vqs[0]->notify_addr);
	ck_assert_uint_eq(fake.map_count, 3);
	ck_assert_uint_eq(events(), 0);
}

static bool is_readable(int fd)
{
	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0) != 0;
}

/* Another device may have its addresses by now. */
START_TEST(lost_configuration_space_keeps_polling_off_the_bar)
{
	void *back[1];
	uint32_t lens[1];

	start_mapped();
	fake.gone = true;
	fake_forbid_bar();
	for (int i = 0; i < 2000000 && !virtqueue_get_error(vdev.vqs[0]); i++)
		must(virtio_recv_pkts(vdev.vqs[0], back, lens, 1) == 0);
	ck_assert_int_eq(virtqueue_get_error(vdev.vqs[0]), -ENODEV);
}
END_TEST

START_TEST(lost_configuration_space_is_told_once)
{
	start_mapped();
	fake.gone = true;
	fake_forbid_bar();
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	ck_assert_uint_eq(events(), 0);
	ck_assert_uint_eq(fake.let_goes, 1);
}
END_TEST

START_TEST(registers_that_were_mapped_read_as_ones_once_they_are_lost)
{
	start_mapped();
	fake.gone = true;
	fake_forbid_bar();
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	/* Each would fault, were it still the BAR. */
	ck_assert_uint_eq(virtio_dev_get_status(&vdev), 0xff);
	ck_assert_uint_eq(vpci_read16(&fake.dev->common, COMMON_NUM_QUEUES), UINT16_MAX);
	*(volatile uint16_t *)vdev.vqs[0]->notify_addr = 0;
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
}
END_TEST

/* PCI-CAP-2: the first that can be used, which may be the second that there is. */
START_TEST(structure_in_a_bar_that_cannot_be_mapped_is_passed_over)
{
	fake.decoy = true;
	start_mapped();
	ck_assert_uint_eq(fake.dev->caps.common.bar, FAKE_BAR);
	fake.gone = true;
}
END_TEST

static void count_message(int level, const char *msg, void *ctx)
{
	unsigned *count = ctx;

	(void)level;
	(void)msg;
	++*count;
}

/* Ports are no memory that somebody would map, wherever they begin. */
START_TEST(ports_inside_a_page_are_no_cause_to_warn)
{
	unsigned warnings = 0;

	fake.ports = true;
	virtio_log_set(count_message, &warnings, VIRTIO_LOG_WARN);
	start_mapped();
	virtio_log_set(NULL, NULL, VIRTIO_LOG_WARN);
	ck_assert_uint_eq(warnings, 0);
	fake.gone = true;
}
END_TEST

START_TEST(request_of_the_kernel_is_not_readable_for_ever)
{
	int fd;

	fake.watched = true;
	fake_must_start(&vdev, 1);
	fd = virtio_dev_get_event_fd(&vdev);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(events(), 0);
	signal_fd(fake.dev->req_fd);
	ck_assert(is_readable(fd));
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	ck_assert(!is_readable(fd));
	/* The kernel repeats itself. */
	signal_fd(fake.dev->req_fd);
	ck_assert(!is_readable(fd));
	signal_fd(fake.dev->err_fd);
	ck_assert(!is_readable(fd));
}
END_TEST

START_TEST(interrupt_after_the_loss_is_not_readable_for_ever)
{
	int fd;

	fake.watched = true;
	fake.irqs = 4;
	fake_must_start(&vdev, 1);
	fd = virtio_dev_get_event_fd(&vdev);
	ck_assert_uint_eq(events(), 0);
	signal_fd(fake.dev->req_fd);
	ck_assert_uint_eq(events(), VIRTIO_EVENT_REMOVED);
	fake_signal(0);
	ck_assert(!is_readable(fd));
}
END_TEST

START_TEST(memory_is_allocated_although_a_device_is_gone)
{
	void *memory;

	start_and_lose();
	ck_assert_msg(virtio_mem_alloc(LARGE, NULL, &memory) == 0, "%s", virtio_last_error());
	ck_assert_int_eq(virtio_mem_free(memory), 0);
}
END_TEST

START_TEST(memory_is_registered_although_a_device_is_gone)
{
	const unsigned before = fake.mem_regions;
	void *memory = mmap(NULL, LARGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	start_and_lose();
	ck_assert_msg(virtio_mem_register(memory, LARGE, -1, 0, NULL) == 0, "%s",
		      virtio_last_error());
	ck_assert_int_eq(virtio_mem_unregister(memory, LARGE), 0);
	munmap(memory, LARGE);
	ck_assert_uint_ge(fake.mem_regions, before);
}
END_TEST

START_TEST(memory_for_nobody_but_a_device_that_is_gone_is_refused)
{
	struct virtio_mem_opts opts = { .size = sizeof(opts), .only = &vdev };
	void *memory;

	start_and_lose();
	ck_assert_int_eq(virtio_mem_alloc(LARGE, &opts, &memory), -ENODEV);
	assert_error_says("removed");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-gone");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, lost_configuration_space_keeps_polling_off_the_bar);
	tcase_add_test(tc, lost_configuration_space_is_told_once);
	tcase_add_test(tc, registers_that_were_mapped_read_as_ones_once_they_are_lost);
	tcase_add_test(tc, structure_in_a_bar_that_cannot_be_mapped_is_passed_over);
	tcase_add_test(tc, ports_inside_a_page_are_no_cause_to_warn);
	tcase_add_test(tc, request_of_the_kernel_is_not_readable_for_ever);
	tcase_add_test(tc, interrupt_after_the_loss_is_not_readable_for_ever);
	tcase_add_test(tc, memory_is_allocated_although_a_device_is_gone);
	tcase_add_test(tc, memory_is_registered_although_a_device_is_gone);
	tcase_add_test(tc, memory_for_nobody_but_a_device_that_is_gone_is_refused);
	return unit_run("pci-gone", tc);
}
