/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MSI-X vectors: how many are used, what each tells of, what happens when the
 * device or the kernel does not want to; and sleeping on them.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>

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

static unsigned vector_of(unsigned queue)
{
	return (unsigned)fake_queue_reg(fake.queues[queue].at_enable, COMMON_QUEUE_VECTOR, 2);
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* PCI-MSIX-1, -3, -4: and the fake function notes a vector outside the table. */
START_TEST(any_table_size_will_do)
{
	static const struct {
		uint16_t table;
		unsigned used, config, queue[3];
	} rows[] = {
		{ 1, 1, 0, { 0, 0, 0 } }, { 2, 2, 0, { 1, 1, 1 } }, { 3, 3, 0, { 1, 2, 1 } },
		{ 4, 4, 0, { 1, 2, 3 } }, { 2048, 4, 0, { 1, 2, 3 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_init();
		fake.msix = rows[i].table;
		fake.irqs = rows[i].table;
		fake_must_start(&vdev, 3);
		ck_assert_uint_eq(fake.irq_count, rows[i].used);
		ck_assert_uint_eq(fake_reg(COMMON_CONFIG_VECTOR, 2), rows[i].config);
		for (unsigned q = 0; q < 3; q++)
			ck_assert_uint_eq(vector_of(q), rows[i].queue[q]);
		fake_end(&vdev);
	}
}
END_TEST

/* PCI-MSIX-4 */
START_TEST(kernel_that_counts_more_vectors_is_not_believed)
{
	fake.msix = 2;
	fake.irqs = 64;
	fake_must_start(&vdev, 3);
	ck_assert_uint_eq(fake.irq_count, 2);
}
END_TEST

/* PCI-MSIX-7, -2: there is no falling back to INTx. */
START_TEST(without_interrupts_no_vector_is_mapped)
{
	fake_must_start(&vdev, 3);
	ck_assert_uint_eq(fake_reg(COMMON_CONFIG_VECTOR, 2), VPCI_NO_VECTOR);
	for (unsigned q = 0; q < 3; q++)
		ck_assert_uint_eq(vector_of(q), VPCI_NO_VECTOR);
	ck_assert_int_eq(virtqueue_get_fd(vdev.vqs[0]), -ENOTSUP);
	assert_error_says("poll the queue");
}
END_TEST

/* PCI-MSIX-7 */
START_TEST(vectors_are_mapped_again_after_each_reset)
{
	fake.irqs = 4;
	fake_must_start(&vdev, 2);
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	memset(fake.queues[0].at_enable, 0, sizeof(fake.queues[0].at_enable));
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert_int_eq(virtio_dev_start(&vdev, 2, 0), 0);
	ck_assert_uint_eq(fake_reg(COMMON_CONFIG_VECTOR, 2), 0);
	ck_assert_uint_eq(vector_of(0), 1);
	ck_assert_uint_eq(vector_of(1), 2);
}
END_TEST

START_TEST(vectors_follow_the_number_of_queues)
{
	fake.irqs = 4;
	fake_must_start(&vdev, 3);
	ck_assert_uint_eq(fake.irq_count, 4);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), 0);
	ck_assert_uint_eq(fake.irq_count, 2);
	ck_assert_uint_eq(vector_of(0), 1);
}
END_TEST

START_TEST(device_without_msix_has_its_vectors_left_alone)
{
	fake.msix = 0;
	fake_must_start(&vdev, 3);
	ck_assert_uint_eq(fake_count(true, COMMON_CONFIG_VECTOR, 2), 0);
	ck_assert_uint_eq(fake_count(true, COMMON_QUEUE_VECTOR, 2), 0);
}
END_TEST

/* PCI-MSIX-5, -6, HARD-MSIX-1 */
START_TEST(mapping_that_is_refused_fails_the_start)
{
	for (int k = 1; k <= 4; k++) {
		fake_init();
		fake.irqs = 4;
		fake.refuses_vector = k;
		fake_must_open(&vdev);
		ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
		ck_assert_int_eq(virtio_dev_start(&vdev, 3, 0), -EIO);
		assert_error_says("vectors=0");
		/* And the program can do without. */
		fake.irqs = 0;
		ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
		ck_assert_int_eq(virtio_dev_start(&vdev, 3, 0), 0);
		fake_end(&vdev);
	}
}
END_TEST

/* HARD-MSIX-1 */
START_TEST(mapping_to_another_vector_is_no_mapping)
{
	fake.irqs = 2;
	fake.moves_vector = true;
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), 0);
	ck_assert_int_eq(virtio_dev_start(&vdev, 3, 0), -EIO);
}
END_TEST

/* PCI-MSIX-6 */
START_TEST(fewer_vectors_do_if_the_kernel_gives_no_more)
{
	fake.irqs = 4;
	fake.irqs_at_once = 2;
	fake_must_start(&vdev, 3);
	ck_assert_uint_eq(fake.irq_count, 2);
	ck_assert_int_ge(virtqueue_get_fd(vdev.vqs[0]), 0);
}
END_TEST

START_TEST(vectors_0_is_polling_only)
{
	fake.irqs = 4;
	fake.options.vector_limit = 0;
	fake_must_start(&vdev, 3);
	ck_assert_uint_eq(fake.irq_count, 0);
	ck_assert_uint_eq(vector_of(0), VPCI_NO_VECTOR);
}
END_TEST

START_TEST(vectors_0_does_with_a_device_that_keeps_its_vectors)
{
	fake.irqs = 4;
	fake.options.vector_limit = 0;
	fake.keeps_vectors = true;
	fake_must_start(&vdev, 3);
}
END_TEST

START_TEST(vector_wakes_its_queue_and_no_other)
{
	int first, second;

	fake.irqs = 4;
	fake_must_start(&vdev, 2);
	first = virtqueue_get_fd(vdev.vqs[0]);
	second = virtqueue_get_fd(vdev.vqs[1]);
	ck_assert_int_eq(virtqueue_arm(vdev.vqs[0]), 0);
	ck_assert_int_eq(virtqueue_arm(vdev.vqs[1]), 0);
	fake_signal(vector_of(1));
	ck_assert(!is_readable(first));
	ck_assert(is_readable(second));
}
END_TEST

static void submit(void *buffer)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = 4096 };

	ck_assert_int_eq(virtqueue_req_submit(vdev.vqs[0], buffer, &iov, 0, 1), 0);
	virtqueue_req_flush(vdev.vqs[0]);
}

/* PCI-CFGCHG-1 */
START_TEST(one_interrupt_may_mean_work_and_a_change)
{
	uint32_t events = 0;
	void *buffer, *cookie;

	ck_assert_int_eq(virtio_mem_alloc(4096, NULL, &buffer), 0);
	fake.msix = fake.irqs = 1;
	fake_must_start(&vdev, 1);
	ck_assert_int_eq(virtio_dev_poll_events(&vdev, &events), 0);
	submit(buffer);
	ck_assert_int_ge(virtqueue_get_fd(vdev.vqs[0]), 0);
	ck_assert_int_eq(virtqueue_arm(vdev.vqs[0]), 0);
	fake_complete(vdev.vqs[0], 0);
	fake.generation++;
	fake_signal(0);
	ck_assert(is_readable(virtqueue_get_fd(vdev.vqs[0])));
	ck_assert_int_eq(virtio_dev_poll_events(&vdev, &events), 0);
	ck_assert_uint_eq(events, VIRTIO_EVENT_CONFIG);
	ck_assert_int_eq(virtqueue_wait(vdev.vqs[0], 0), 1);
	ck_assert_uint_eq(virtio_recv_pkts(vdev.vqs[0], &cookie, NULL, 1), 1);
	ck_assert_ptr_eq(cookie, buffer);
	virtio_dev_destruct(&vdev);
	ck_assert_int_eq(virtio_mem_free(buffer), 0);
}
END_TEST

/* PCI-ISR-1, -2: the fake function notes a read with MSI-X; there is none
 * without either, since INTx is never used. */
START_TEST(isr_is_never_read)
{
	uint32_t events;

	for (unsigned irqs = 0; irqs < 3; irqs++) {
		fake_init();
		fake.irqs = irqs;
		fake_must_start(&vdev, 2);
		if (irqs)
			fake_signal(0);
		ck_assert_int_eq(virtio_dev_poll_events(&vdev, &events), 0);
		ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
		ck_assert_uint_eq(fake_count(false, fake.isr.offset, fake.isr.length), 0);
		fake_end(&vdev);
	}
}
END_TEST

START_TEST(closing_switches_the_vectors_off)
{
	fake.irqs = 4;
	fake_must_start(&vdev, 3);
	virtio_dev_destruct(&vdev);
	ck_assert_uint_eq(fake.irq_count, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-vectors");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, any_table_size_will_do);
	tcase_add_test(tc, kernel_that_counts_more_vectors_is_not_believed);
	tcase_add_test(tc, without_interrupts_no_vector_is_mapped);
	tcase_add_test(tc, vectors_are_mapped_again_after_each_reset);
	tcase_add_test(tc, vectors_follow_the_number_of_queues);
	tcase_add_test(tc, device_without_msix_has_its_vectors_left_alone);
	tcase_add_test(tc, mapping_that_is_refused_fails_the_start);
	tcase_add_test(tc, mapping_to_another_vector_is_no_mapping);
	tcase_add_test(tc, fewer_vectors_do_if_the_kernel_gives_no_more);
	tcase_add_test(tc, vectors_0_is_polling_only);
	tcase_add_test(tc, vectors_0_does_with_a_device_that_keeps_its_vectors);
	tcase_add_test(tc, vector_wakes_its_queue_and_no_other);
	tcase_add_test(tc, one_interrupt_may_mean_work_and_a_change);
	tcase_add_test(tc, isr_is_never_read);
	tcase_add_test(tc, closing_switches_the_vectors_off);
	return unit_run("pci-vectors", tc);
}
