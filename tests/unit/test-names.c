/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of device types and feature bits, against the kernel's headers where
 * these have them.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include <linux/virtio_balloon.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <linux/virtio_scsi.h>

#include <virtio-poll/device.h>
#include <virtio-poll/names.h>
#include <virtio-poll/vhost-user.h>

#include "../../lib/names-table.h"
#include "unit.h"

START_TEST(types_have_the_names_that_tools_print)
{
	static const struct {
		uint16_t id;
		const char *name;
	} rows[] = {
		{ VIRTIO_ID_NET, "network" }, { VIRTIO_ID_BLOCK, "block" },
		{ VIRTIO_ID_CONSOLE, "console" }, { VIRTIO_ID_RNG, "entropy" },
		{ VIRTIO_ID_BALLOON, "balloon" }, { VIRTIO_ID_SCSI, "scsi" },
		{ VIRTIO_ID_9P, "9p" }, { VIRTIO_ID_GPU, "gpu" }, { VIRTIO_ID_INPUT, "input" },
		{ VIRTIO_ID_VSOCK, "socket" }, { VIRTIO_ID_CRYPTO, "crypto" },
		{ VIRTIO_ID_IOMMU, "iommu" }, { VIRTIO_ID_MEM, "memory" },
		{ VIRTIO_ID_SOUND, "sound" }, { VIRTIO_ID_FS, "fs" }, { VIRTIO_ID_PMEM, "pmem" },
		{ VIRTIO_ID_GPIO, "gpio" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(virtio_device_type_name(rows[i].id), rows[i].name);
}
END_TEST

START_TEST(every_type_is_found_by_its_name)
{
	for (const struct type_name *t = type_names; t->name; t++)
		ck_assert_uint_eq(virtio_device_type_id(t->name), t->device_id);
}
END_TEST

START_TEST(unknown_types_have_no_name)
{
	ck_assert_ptr_null(virtio_device_type_name(0));
	ck_assert_ptr_null(virtio_device_type_name(14));
	ck_assert_ptr_null(virtio_device_type_name(0xffff));
	ck_assert_uint_eq(virtio_device_type_id("toaster"), 0);
	ck_assert_uint_eq(virtio_device_type_id(NULL), 0);
}
END_TEST

#define ROW(type, name) { VIRTIO_ID_##type, name, #name }

START_TEST(features_have_the_names_of_the_headers)
{
	static const struct {
		uint16_t device_id;
		unsigned bit;
		const char *name;
	} rows[] = {
		ROW(BLOCK, VIRTIO_BLK_F_RO), ROW(BLOCK, VIRTIO_BLK_F_FLUSH),
		ROW(BLOCK, VIRTIO_BLK_F_CONFIG_WCE), ROW(BLOCK, VIRTIO_BLK_F_MQ),
		ROW(BLOCK, VIRTIO_BLK_F_DISCARD), ROW(BLOCK, VIRTIO_BLK_F_WRITE_ZEROES),
		ROW(NET, VIRTIO_NET_F_CSUM), ROW(NET, VIRTIO_NET_F_MAC), ROW(NET, VIRTIO_NET_F_MQ),
		ROW(NET, VIRTIO_NET_F_MRG_RXBUF), ROW(NET, VIRTIO_NET_F_CTRL_MAC_ADDR),
		ROW(NET, VIRTIO_NET_F_HASH_REPORT), ROW(NET, VIRTIO_NET_F_RSS),
		ROW(NET, VIRTIO_NET_F_SPEED_DUPLEX), ROW(SCSI, VIRTIO_SCSI_F_T10_PI),
		ROW(BALLOON, VIRTIO_BALLOON_F_REPORTING),
		ROW(BLOCK, VIRTIO_F_NOTIFY_ON_EMPTY), ROW(BLOCK, VIRTIO_F_ANY_LAYOUT),
		ROW(BLOCK, VIRTIO_RING_F_INDIRECT_DESC), ROW(BLOCK, VIRTIO_RING_F_EVENT_IDX),
		ROW(BLOCK, VHOST_USER_F_PROTOCOL_FEATURES), ROW(BLOCK, VIRTIO_F_VERSION_1),
		ROW(BLOCK, VIRTIO_F_ACCESS_PLATFORM), ROW(BLOCK, VIRTIO_F_RING_PACKED),
		ROW(BLOCK, VIRTIO_F_IN_ORDER), ROW(BLOCK, VIRTIO_F_ORDER_PLATFORM),
		ROW(BLOCK, VIRTIO_F_SR_IOV), ROW(BLOCK, VIRTIO_F_NOTIFICATION_DATA),
		ROW(BLOCK, VIRTIO_F_NOTIF_CONFIG_DATA), ROW(BLOCK, VIRTIO_F_RING_RESET),
		ROW(BLOCK, VIRTIO_F_ADMIN_VQ),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(virtio_feature_name(rows[i].device_id, rows[i].bit),
				 rows[i].name);
}
END_TEST

START_TEST(every_feature_is_found_by_its_name_with_and_without_prefix)
{
	for (const struct feature_name *f = feature_names; f->name; f++) {
		ck_assert_int_eq(virtio_feature_bit(f->name), f->bit);
		if (strncmp(f->name, "VIRTIO_", 7) == 0)
			ck_assert_int_eq(virtio_feature_bit(f->name + 7), f->bit);
	}
}
END_TEST

START_TEST(no_name_stands_for_two_bits)
{
	for (const struct feature_name *f = feature_names; f->name; f++)
		for (const struct feature_name *g = f + 1; g->name; g++)
			ck_assert_str_ne(f->name, g->name);
}
END_TEST

START_TEST(type_zero_names_only_what_all_types_have)
{
	ck_assert_ptr_null(virtio_feature_name(0, 0));
	ck_assert_ptr_null(virtio_feature_name(0, 12));
	ck_assert_str_eq(virtio_feature_name(0, 32), "VIRTIO_F_VERSION_1");
}
END_TEST

START_TEST(bits_nobody_defined_have_no_name)
{
	ck_assert_ptr_null(virtio_feature_name(VIRTIO_ID_BLOCK, 25));
	ck_assert_ptr_null(virtio_feature_name(VIRTIO_ID_BLOCK, 31));
	ck_assert_ptr_null(virtio_feature_name(VIRTIO_ID_BLOCK, 64));
	ck_assert_ptr_null(virtio_feature_name(VIRTIO_ID_BLOCK, 1u << 31));
}
END_TEST

START_TEST(unknown_feature_is_enoent_with_a_sentence)
{
	ck_assert_int_eq(virtio_feature_bit("VIRTIO_F_LEVITATION"), -ENOENT);
	assert_error_says("virtio_feature_bit: ");
	assert_error_says("VIRTIO_F_LEVITATION");
	ck_assert_int_eq(virtio_feature_bit(""), -ENOENT);
	ck_assert_int_eq(virtio_feature_bit(NULL), -ENOENT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("names");

	tcase_add_test(tc, types_have_the_names_that_tools_print);
	tcase_add_test(tc, every_type_is_found_by_its_name);
	tcase_add_test(tc, unknown_types_have_no_name);
	tcase_add_test(tc, features_have_the_names_of_the_headers);
	tcase_add_test(tc, every_feature_is_found_by_its_name_with_and_without_prefix);
	tcase_add_test(tc, no_name_stands_for_two_bits);
	tcase_add_test(tc, type_zero_names_only_what_all_types_have);
	tcase_add_test(tc, bits_nobody_defined_have_no_name);
	tcase_add_test(tc, unknown_feature_is_enoent_with_a_sentence);
	return unit_run("names", tc);
}
