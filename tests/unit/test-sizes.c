/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sizes and offsets of what programs and plugins were compiled with. A number
 * here never changes within an soname: a row that fails is a broken ABI, and
 * not a number to adapt.
 *
 * Only struct virtio_dev holds a type of the C library's, and is measured
 * relative to it.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/virtio.h>

#include "unit.h"

struct row {
	const char *what;
	size_t is;
	size_t fixed;
};

#define SIZE(type, fixed)		{ "sizeof(" #type ")", sizeof(type), fixed }
#define AT(type, member, fixed)		{ #type "." #member, offsetof(struct type, member), fixed }

#define MUTEX	sizeof(pthread_mutex_t)

static const struct row rows[] = {
	SIZE(enum virtio_desc_type, 4),
	SIZE(enum virtio_log_level, 4),
	SIZE(bool, 1),

	SIZE(struct virtio_dev, 64 + MUTEX + 128),
	AT(virtio_dev, vqs, 0),
	AT(virtio_dev, name, 8),
	AT(virtio_dev, fixed_queues_num, 16),
	AT(virtio_dev, max_queues, 18),
	AT(virtio_dev, negotiated_features, 24),
	AT(virtio_dev, is_hw, 32),
	AT(virtio_dev, modern, 36),
	AT(virtio_dev, mutex, 40),
	AT(virtio_dev, backend_ops, 40 + MUTEX),
	AT(virtio_dev, ctx, 48 + MUTEX),
	AT(virtio_dev, priv, 56 + MUTEX),
	AT(virtio_dev, reserved, 64 + MUTEX),

	SIZE(struct virtqueue, 160),
	AT(virtqueue, vdev, 0),
	AT(virtqueue, vq_queue_index, 8),
	AT(virtqueue, vq_nentries, 10),
	AT(virtqueue, vq_ring_size, 12),
	AT(virtqueue, vq_ring_virt_mem, 16),
	AT(virtqueue, vq_ring_mem, 24),
	AT(virtqueue, vq_desc, 32),
	AT(virtqueue, vq_driver, 40),
	AT(virtqueue, vq_device, 48),
	AT(virtqueue, vq_desc_mem, 56),
	AT(virtqueue, vq_driver_mem, 64),
	AT(virtqueue, vq_device_mem, 72),
	AT(virtqueue, notify_addr, 80),
	AT(virtqueue, notify_data, 88),
	AT(virtqueue, reserved32, 92),
	AT(virtqueue, reserved, 96),

	SIZE(struct virtqueue_stats, 64),
	AT(virtqueue_stats, kicks, 0),
	AT(virtqueue_stats, len_clamped, 8),
	AT(virtqueue_stats, reserved, 16),

	SIZE(struct virtio_thread_ops, 16),
	AT(virtio_thread_ops, size, 0),
	AT(virtio_thread_ops, current, 8),

	SIZE(struct virtio_backend_info, 56),
	AT(virtio_backend_info, size, 0),
	AT(virtio_backend_info, name, 8),
	AT(virtio_backend_info, path, 16),
	AT(virtio_backend_info, version, 24),
	AT(virtio_backend_info, description, 32),
	AT(virtio_backend_info, abi, 40),
	AT(virtio_backend_info, error, 44),
	AT(virtio_backend_info, reason, 48),

	SIZE(struct virtio_device_info, 80),
	AT(virtio_device_info, size, 0),
	AT(virtio_device_info, address, 8),
	AT(virtio_device_info, driver, 16),
	AT(virtio_device_info, missing, 24),
	AT(virtio_device_info, iommu_group, 32),
	AT(virtio_device_info, numa_node, 36),
	AT(virtio_device_info, device_id, 40),
	AT(virtio_device_info, reserved16, 42),
	AT(virtio_device_info, reserved, 48),

	SIZE(struct virtio_json_sink, 80),
	AT(virtio_json_sink, size, 0),
	AT(virtio_json_sink, object_begin, 8),
	AT(virtio_json_sink, object_end, 16),
	AT(virtio_json_sink, array_begin, 24),
	AT(virtio_json_sink, array_end, 32),
	AT(virtio_json_sink, name, 40),
	AT(virtio_json_sink, string, 48),
	AT(virtio_json_sink, uint64, 56),
	AT(virtio_json_sink, boolean, 64),
	AT(virtio_json_sink, null, 72),

	SIZE(struct virtio_json_text, 64),
	AT(virtio_json_text, write, 0),
	AT(virtio_json_text, ctx, 8),
	AT(virtio_json_text, indent, 16),
	AT(virtio_json_text, depth, 20),
	AT(virtio_json_text, filled, 24),
	AT(virtio_json_text, after_name, 32),
	AT(virtio_json_text, reserved, 36),

	SIZE(struct virtio_mem_opts, 64),
	AT(virtio_mem_opts, size, 0),
	AT(virtio_mem_opts, flags, 8),
	AT(virtio_mem_opts, align, 12),
	AT(virtio_mem_opts, only, 16),
	AT(virtio_mem_opts, hugepage_size, 24),
	AT(virtio_mem_opts, reserved, 32),

	SIZE(struct virtio_mem_limits, 104),
	AT(virtio_mem_limits, max_regions, 0),
	AT(virtio_mem_limits, used_regions, 8),
	AT(virtio_mem_limits, alignment, 16),
	AT(virtio_mem_limits, max_address, 24),
	AT(virtio_mem_limits, needs_fd, 32),
	AT(virtio_mem_limits, can_add, 36),
	AT(virtio_mem_limits, page_size, 40),
	AT(virtio_mem_limits, reserved, 48),

	SIZE(struct virtio_pci_addr, 8),
	AT(virtio_pci_addr, domain, 0),
	AT(virtio_pci_addr, bus, 4),
	AT(virtio_pci_addr, dev, 5),
	AT(virtio_pci_addr, func, 6),

	SIZE(struct virtio_mem_region, 104),
	AT(virtio_mem_region, struct_size, 0),
	AT(virtio_mem_region, fd, 4),
	AT(virtio_mem_region, addr, 8),
	AT(virtio_mem_region, len, 16),
	AT(virtio_mem_region, fd_offset, 24),
	AT(virtio_mem_region, page_size, 32),
	AT(virtio_mem_region, bus_addr, 40),
	AT(virtio_mem_region, bus_pages, 48),
	AT(virtio_mem_region, bus_page_size, 56),
	AT(virtio_mem_region, cookie, 64),
	AT(virtio_mem_region, reserved, 72),

	/* Grow at their end: add rows, and correct the two sizes. */
	SIZE(struct virtio_dev_ops, 192),
	AT(virtio_dev_ops, struct_size, 0),
	AT(virtio_dev_ops, abi, 4),
	AT(virtio_dev_ops, read_dev_cfg, 8),
	AT(virtio_dev_ops, write_dev_cfg, 16),
	AT(virtio_dev_ops, get_status, 24),
	AT(virtio_dev_ops, set_status, 32),
	AT(virtio_dev_ops, get_features, 40),
	AT(virtio_dev_ops, set_features, 48),
	AT(virtio_dev_ops, destruct_dev, 56),
	AT(virtio_dev_ops, get_queue_size, 64),
	AT(virtio_dev_ops, setup_queue, 72),
	AT(virtio_dev_ops, del_queue, 80),
	AT(virtio_dev_ops, notify_queue, 88),
	AT(virtio_dev_ops, dump_json_info, 96),
	AT(virtio_dev_ops, write_json_config, 104),
	AT(virtio_dev_ops, get_config_generation, 112),
	AT(virtio_dev_ops, get_max_queues, 120),
	AT(virtio_dev_ops, mem_add, 128),
	AT(virtio_dev_ops, mem_remove, 136),
	AT(virtio_dev_ops, queue_fd, 144),
	AT(virtio_dev_ops, poll, 152),
	AT(virtio_dev_ops, stop, 160),
	AT(virtio_dev_ops, get_mem_limits, 168),
	AT(virtio_dev_ops, get_device_id, 176),
	AT(virtio_dev_ops, look, 184),

	SIZE(struct virtio_backend, 80),
	AT(virtio_backend, struct_size, 0),
	AT(virtio_backend, abi, 4),
	AT(virtio_backend, name, 8),
	AT(virtio_backend, version, 16),
	AT(virtio_backend, description, 24),
	AT(virtio_backend, enumerate, 32),
	AT(virtio_backend, attach, 40),
	AT(virtio_backend, init, 48),
	AT(virtio_backend, open, 56),
	AT(virtio_backend, describe, 64),
	AT(virtio_backend, release, 72),
};

START_TEST(sizes_and_offsets_are_fixed)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].is == rows[i].fixed)
			continue;
		fprintf(stderr, "%s is %zu, programs were compiled with %zu\n", rows[i].what,
			rows[i].is, rows[i].fixed);
		wrong++;
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* What is compiled into programs: never another value either. */
START_TEST(constants_are_fixed)
{
	ck_assert_uint_eq(VIRTIO_BACKEND_ABI, 0);
	ck_assert_uint_eq(VQ_RING_DESC_CHAIN_END, 32768);
	ck_assert_uint_eq(VIRTIO_MAX_VIRTQUEUES, 256);
	ck_assert_uint_eq(VIRTIO_CONFIG_S_RESET, 0);
	ck_assert_uint_eq(VHOST_USER_F_PROTOCOL_FEATURES, 30);
	ck_assert_uint_eq(VIRTIO_PCI_ADDR_STRLEN, 17);
	ck_assert_int_eq(VIRTIO_DESC_RO, 0);
	ck_assert_int_eq(VIRTIO_DESC_WR, 2);
	ck_assert_int_eq(VIRTIO_LOG_NONE, 0);
	ck_assert_int_eq(VIRTIO_LOG_ERROR, 1);
	ck_assert_int_eq(VIRTIO_LOG_WARN, 2);
	ck_assert_int_eq(VIRTIO_LOG_INFO, 3);
	ck_assert_int_eq(VIRTIO_LOG_DEBUG, 4);
	ck_assert_uint_eq(VIRTIO_MEM_HUGETLB, 1);
	ck_assert_uint_eq(VIRTIO_MEM_FIND_FD, 2);
	ck_assert_uint_eq(VIRTIO_EVENT_CONFIG, 1);
	ck_assert_uint_eq(VIRTIO_EVENT_PEER_LOST, 2);
	ck_assert_uint_eq(VIRTIO_EVENT_REMOVED, 4);
	ck_assert_uint_eq(VIRTIO_EVENT_RECONNECTED, 8);
	ck_assert_uint_eq(VIRTIO_EVENT_NEEDS_RESET, 16);
	ck_assert_uint_eq(VIRTIO_EVENT_QUEUE_BROKEN, 32);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("sizes");

	if (sizeof(void *) != 8 || sizeof(long) != 8) {
		printf("SKIP: the numbers are those of machines with 64-bit pointers and long\n");
		return 77;
	}
	tcase_add_test(tc, sizes_and_offsets_are_fixed);
	tcase_add_test(tc, constants_are_fixed);
	return unit_run("sizes", tc);
}
