/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loopback device as the judge of its driver: the status field, features,
 * set-up of a queue, and memory, driven by hand straight on the ops table.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "hand.h"

START_TEST(a_request_by_the_rules_is_served)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", INDIRECT);
	put_request(&h, h.desc);
	offer(&h, 0);
	notify(&h);
	ck_assert(is_served(&h) && !needs_reset(&h));
	put_request(&h, h.table);
	h.desc[0] = make_desc((uintptr_t)h.table, 32, F_INDIRECT, 0);
	offer(&h, 0);
	notify(&h);
	ck_assert(is_served(&h) && !needs_reset(&h));
	hand_down(&h);
}
END_TEST

START_TEST(nothing_is_taken_before_driver_ok)
{
	struct hand h;

	hand_open(&h, "loopback:blk,queue-size=8");
	ck_assert_int_eq(h.ops->mem_add(&h.vdev, &h.region), 0);
	hand_negotiate(&h, VERSION_1);
	ck_assert_int_eq(h.ops->setup_queue(&h.vdev, &h.vq), 0);
	put_request(&h, h.desc);
	offer(&h, 0);
	notify(&h);
	ck_assert(!is_served(&h));
	add_status(&h, VIRTIO_CONFIG_S_DRIVER_OK);
	notify(&h);
	ck_assert(is_served(&h));
	hand_down(&h);
}
END_TEST

START_TEST(nothing_is_taken_after_a_reset_or_a_stop)
{
	for (unsigned stop = 0; stop < 2; stop++) {
		struct hand h;

		hand_up(&h, "loopback:blk,queue-size=8", 0);
		put_request(&h, h.desc);
		offer(&h, 0);
		if (stop)
			ck_assert_int_eq(h.ops->stop(&h.vdev), 0);
		else
			h.ops->set_status(&h.vdev, 0);
		notify(&h);
		ck_assert(!is_served(&h));
		hand_down(&h);
	}
}
END_TEST

START_TEST(features_that_were_not_offered_do_not_stick)
{
	struct hand h;

	hand_open(&h, "loopback:blk,no-features=RING_F_EVENT_IDX");
	hand_negotiate(&h, VERSION_1 | EVENT_IDX);
	ck_assert(!(h.ops->get_status(&h.vdev) & VIRTIO_CONFIG_S_FEATURES_OK));
	h.ops->set_status(&h.vdev, 0);
	hand_negotiate(&h, 0);
	ck_assert(!(h.ops->get_status(&h.vdev) & VIRTIO_CONFIG_S_FEATURES_OK));
	h.ops->set_status(&h.vdev, 0);
	hand_negotiate(&h, VERSION_1);
	ck_assert(h.ops->get_status(&h.vdev) & VIRTIO_CONFIG_S_FEATURES_OK);
	/* FEAT-11 */
	ck_assert_int_eq(h.ops->set_features(&h.vdev, VERSION_1), -EBUSY);
	hand_down(&h);
}
END_TEST

START_TEST(a_feature_that_only_was_offered_does_not_stick)
{
	struct hand h;

	hand_open(&h, "loopback:blk,features=VIRTIO_F_RING_PACKED");
	hand_negotiate(&h, VERSION_1 | 1ull << VIRTIO_F_RING_PACKED);
	ck_assert(!(h.ops->get_status(&h.vdev) & VIRTIO_CONFIG_S_FEATURES_OK));
	hand_down(&h);
}
END_TEST

/* STATUS-2 */
START_TEST(a_status_bit_taken_back_offends)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	h.ops->set_status(&h.vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	assert_offended(&h);
	hand_down(&h);
}
END_TEST

START_TEST(driver_ok_without_features_ok_offends)
{
	struct hand h;

	hand_open(&h, "loopback:blk");
	add_status(&h, VIRTIO_CONFIG_S_DRIVER_OK);
	ck_assert(needs_reset(&h));
	ck_assert(!(h.ops->get_status(&h.vdev) & VIRTIO_CONFIG_S_DRIVER_OK));
	hand_down(&h);
}
END_TEST

START_TEST(a_reset_makes_peace)
{
	struct hand h;

	hand_up(&h, "loopback:blk,queue-size=8", 0);
	offer(&h, SIZE);
	notify(&h);
	ck_assert(needs_reset(&h));
	h.ops->set_status(&h.vdev, 0);
	ck_assert_uint_eq(h.ops->get_status(&h.vdev), 0);
	memset(h.mem, 0, MEM_LEN);
	h.next_avail = 0;
	hand_negotiate(&h, VERSION_1);
	ck_assert_int_eq(h.ops->setup_queue(&h.vdev, &h.vq), 0);
	add_status(&h, VIRTIO_CONFIG_S_DRIVER_OK);
	put_request(&h, h.desc);
	offer(&h, 0);
	notify(&h);
	ck_assert(is_served(&h));
	hand_down(&h);
}
END_TEST

START_TEST(a_ring_in_strange_memory_is_refused)
{
	struct hand h;

	hand_open(&h, "loopback:blk,queue-size=8");
	hand_negotiate(&h, VERSION_1);
	ck_assert_int_eq(h.ops->setup_queue(&h.vdev, &h.vq), -EFAULT);
	ck_assert_int_eq(h.ops->mem_add(&h.vdev, &h.region), 0);
	h.vq.vq_device_mem += MEM_LEN - USED_AT - 4;
	ck_assert_int_eq(h.ops->setup_queue(&h.vdev, &h.vq), -EFAULT);
	h.vq.vq_device_mem = (uintptr_t)h.used + 2;			/* SPLIT-LAYOUT-1 */
	ck_assert_int_eq(h.ops->setup_queue(&h.vdev, &h.vq), -EINVAL);
	h.vq.vq_device_mem = (uintptr_t)h.used;
	h.vq.vq_nentries = 6;						/* SPLIT-LAYOUT-3 */
	ck_assert_int_eq(h.ops->setup_queue(&h.vdev, &h.vq), -EINVAL);
	h.vq.vq_nentries = 16;
	ck_assert_int_eq(h.ops->setup_queue(&h.vdev, &h.vq), -EINVAL);
	h.vq.vq_nentries = SIZE;
	ck_assert_int_eq(h.ops->setup_queue(&h.vdev, &h.vq), 0);
	hand_down(&h);
}
END_TEST

START_TEST(memory_is_told_once_and_forgotten_whole)
{
	struct hand h;
	struct virtio_mem_region part;

	hand_open(&h, "loopback:blk,queue-size=8");
	ck_assert_int_eq(h.ops->mem_add(&h.vdev, &h.region), 0);
	ck_assert_int_eq(h.ops->mem_add(&h.vdev, &h.region), -EEXIST);
	part = h.region;
	part.len -= 4096;
	ck_assert_int_eq(h.ops->mem_remove(&h.vdev, &part), -ENOENT);
	ck_assert_int_eq(h.ops->mem_remove(&h.vdev, &h.region), 0);
	ck_assert_int_eq(h.ops->mem_remove(&h.vdev, &h.region), -ENOENT);
	hand_down(&h);
}
END_TEST

START_TEST(memory_that_was_taken_away_offends)
{
	struct hand h;
	struct virtio_mem_region data;

	hand_open(&h, "loopback:blk,queue-size=8");
	data = h.region;
	data.addr = h.mem + DATA_AT;
	data.bus_addr += DATA_AT;
	data.len -= DATA_AT;
	h.region.len = DATA_AT;
	ck_assert_int_eq(h.ops->mem_add(&h.vdev, &h.region), 0);
	ck_assert_int_eq(h.ops->mem_add(&h.vdev, &data), 0);
	hand_negotiate(&h, VERSION_1);
	ck_assert_int_eq(h.ops->setup_queue(&h.vdev, &h.vq), 0);
	add_status(&h, VIRTIO_CONFIG_S_DRIVER_OK);
	ck_assert_int_eq(h.ops->mem_remove(&h.vdev, &data), 0);
	put_request(&h, h.desc);
	offends(&h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_request_by_the_rules_is_served,
		nothing_is_taken_before_driver_ok,
		nothing_is_taken_after_a_reset_or_a_stop,
		features_that_were_not_offered_do_not_stick,
		a_feature_that_only_was_offered_does_not_stick,
		a_status_bit_taken_back_offends,
		driver_ok_without_features_ok_offends,
		a_reset_makes_peace,
		a_ring_in_strange_memory_is_refused,
		memory_is_told_once_and_forgotten_whole,
		memory_that_was_taken_away_offends,
	};

	return RUN_TESTS("device/rules-device", tests);
}
