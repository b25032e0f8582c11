/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Features of a PCI device: which words are read, what is accepted, and what
 * is not although it is offered, since the structures have no room for it.
 */
#include "config.h"

#include <errno.h>

#include <linux/virtio_blk.h>

#include "fake-function.h"
#include "regs.h"
#include "unit.h"

#define BIT(n)		(1ull << (n))

static struct virtio_dev vdev;

static void set_up(void)
{
	fake_init();
}

static void tear_down(void)
{
	fake_end(&vdev);
}

static uint64_t negotiate(uint64_t offers)
{
	fake.offers = BIT(VIRTIO_F_VERSION_1) | offers;
	fake_must_open(&vdev);
	ck_assert_msg(virtio_dev_reset(&vdev, UINT64_MAX) == 0, "%s", virtio_last_error());
	ck_assert_uint_eq(vdev.negotiated_features, fake.driver_features);
	return vdev.negotiated_features;
}

START_TEST(both_words_are_read_and_written)
{
	const uint64_t bits = BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(63) | BIT(50);

	ck_assert_uint_eq(negotiate(bits), BIT(VIRTIO_F_VERSION_1) | bits);
}
END_TEST

/* HARD-FEAT-1 */
START_TEST(features_ok_that_does_not_stick_is_an_error)
{
	fake.refuses_features = true;
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), -EPROTO);
	assert_error_says("FEATURES_OK");
	ck_assert_uint_ne(fake_reg(COMMON_STATUS, 1) & VIRTIO_CONFIG_S_FAILED, 0);
}
END_TEST

/* HARD-FEAT-2 */
START_TEST(device_without_version_1_is_refused)
{
	fake.offers = BIT(VIRTIO_BLK_F_SEG_MAX);
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), -ENOTSUP);
	assert_error_says("VERSION_1");
	ck_assert_uint_eq(fake.driver_features, 0);
}
END_TEST

/* HARD-FEAT-4 */
START_TEST(each_reset_asks_for_the_offer_of_its_moment)
{
	negotiate(BIT(VIRTIO_BLK_F_SEG_MAX));
	ck_assert(virtio_dev_has_feature(&vdev, VIRTIO_BLK_F_SEG_MAX));
	fake.offers = BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_BLK_F_RO);
	ck_assert_int_eq(virtio_dev_reset(&vdev, UINT64_MAX), 0);
	ck_assert(!virtio_dev_has_feature(&vdev, VIRTIO_BLK_F_SEG_MAX));
	ck_assert(virtio_dev_has_feature(&vdev, VIRTIO_BLK_F_RO));
}
END_TEST

/* HARD-FEAT-5: bits 0 and 20 show up as 32 (VERSION_1) and 52, and no more. */
START_TEST(same_word_for_every_select_is_read_twice)
{
	fake.aliases = true;
	ck_assert_uint_eq(negotiate(BIT(0) | BIT(20)), BIT(0) | BIT(20) | BIT(32) | BIT(52));
	ck_assert_uint_eq(fake_count(false, COMMON_DEVICE_FEATURE, 4), 2);
}
END_TEST

/* HARD-FEAT-5 */
START_TEST(no_word_is_selected_that_has_no_meaning)
{
	negotiate(UINT64_MAX);
	for (unsigned i = 0; i < fake.accesses; i++) {
		const struct fake_access_log *a = &fake.log[i];

		if (a->write && (a->at == COMMON_DEVICE_FEATURE_SELECT ||
				 a->at == COMMON_DRIVER_FEATURE_SELECT))
			ck_assert_uint_lt(a->value, 2);
	}
}
END_TEST

/* HARD-CAP-5, PCI-COMMON-12, PCI-CAP-7 */
START_TEST(feature_without_room_for_its_registers_is_not_accepted)
{
	static const struct {
		unsigned length;
		bool accepted;
	} rows[] = {
		{ 0x38, false }, { 0x39, false }, { 0x3a, true }, { 0x3b, true }, { 0x3c, true },
		{ 0x3f, true }, { 0x40, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_init();
		fake.common.length = rows[i].length;
		ck_assert_int_eq(negotiate(BIT(VIRTIO_F_NOTIF_CONFIG_DATA)) >>
				 VIRTIO_F_NOTIF_CONFIG_DATA & 1, rows[i].accepted);
		ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), 0);
		fake_end(&vdev);
	}
}
END_TEST

/* HARD-CFG-2 */
START_TEST(feature_without_room_for_its_fields_is_not_accepted)
{
	static const struct {
		uint16_t type;
		unsigned bit, end;
	} rows[] = {
		{ VIRTIO_ID_BLOCK, 2, 16 }, { VIRTIO_ID_BLOCK, 12, 36 },
		{ VIRTIO_ID_BLOCK, 14, 57 }, { VIRTIO_ID_NET, 5, 6 }, { VIRTIO_ID_NET, 63, 17 },
		{ VIRTIO_ID_CONSOLE, 1, 8 },
	};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t bit = BIT(rows[i / 2].bit);

		fake_init();
		fake.type = rows[i / 2].type;
		fake.device.length = rows[i / 2].end - i % 2;
		ck_assert_uint_eq(negotiate(bit) & bit, i % 2 ? 0 : bit);
		fake_end(&vdev);
	}
}
END_TEST

/* PCI-COMMON-7, -8, -9, HARD-STAT-3: there is no reset of single queues, and
 * the fake function notes an access to queue_reset. */
START_TEST(queue_reset_is_not_accepted)
{
	ck_assert_uint_eq(negotiate(BIT(VIRTIO_F_RING_RESET)), BIT(VIRTIO_F_VERSION_1));
	ck_assert_int_eq(virtio_dev_start(&vdev, 3, 0), 0);
	ck_assert_int_eq(virtio_dev_stop(&vdev), 0);
	ck_assert_uint_eq(fake_count(false, 0x3a, 2) + fake_count(true, 0x3a, 2), 0);
}
END_TEST

/* PCI-COMMON-10, -11 */
START_TEST(admin_queues_are_not_accepted)
{
	ck_assert_uint_eq(negotiate(BIT(VIRTIO_F_ADMIN_VQ)), BIT(VIRTIO_F_VERSION_1));
	ck_assert_int_eq(virtio_dev_start(&vdev, 3, 0), 0);
	ck_assert_uint_eq(fake_count(false, 0x3c, 4) + fake_count(true, 0x3c, 4), 0);
}
END_TEST

/* HARD-CAP-8, PCI-NOTIFCAP-2 */
START_TEST(notification_data_needs_doorbells_of_32_bits)
{
	static const struct {
		uint32_t multiplier, offset, length;
		bool accepted;
	} rows[] = {
		{ 4, 0x3000, 0x1000, true }, { 0, 0x3000, 4, true }, { 4096, 0x3000, 0x1000, true },
		{ 2, 0x3000, 0x1000, false }, { 4, 0x3002, 0x100, false },
		{ 0, 0x3000, 2, false }, { 6, 0x3000, 0x1000, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_init();
		fake.multiplier = rows[i].multiplier;
		fake.notify.offset = rows[i].offset;
		fake.notify.length = rows[i].length;
		ck_assert_int_eq(negotiate(BIT(VIRTIO_F_NOTIFICATION_DATA)) >>
				 VIRTIO_F_NOTIFICATION_DATA & 1, rows[i].accepted);
		fake_end(&vdev);
	}
}
END_TEST

/* RFB-4 */
START_TEST(device_that_bypasses_the_iommu_is_given_no_iovas)
{
	fake.translated = true;
	fake_must_open(&vdev);
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), -ENOTSUP);
	assert_error_says("VIRTIO_F_ACCESS_PLATFORM");
	ck_assert_uint_eq(fake.mem_regions, 0);
}
END_TEST

START_TEST(device_behind_the_iommu_is_given_iovas)
{
	fake.translated = true;
	negotiate(BIT(VIRTIO_F_ACCESS_PLATFORM));
	ck_assert_int_eq(virtio_dev_start(&vdev, 1, 0), 0);
	ck_assert_uint_ge(fake_queue_reg(fake.queues[0].at_enable, COMMON_QUEUE_DESC, 8),
			  FAKE_IOVA);
}
END_TEST

/* RFB-5 */
START_TEST(device_behind_an_iommu_is_given_no_physical_addresses)
{
	fake_must_open(&vdev);
	fake.offers |= BIT(VIRTIO_F_ACCESS_PLATFORM);
	/* A group, and a way in that does not go through it. */
	fake.dev->fn.iommu_group = 7;
	ck_assert_int_eq(virtio_dev_reset(&vdev, 0), -ENOTSUP);
	assert_error_says("IOMMU (group 7)");
}
END_TEST

/* RFB-5 */
START_TEST(platform_without_an_iommu_is_given_physical_addresses)
{
	ck_assert_uint_eq(negotiate(BIT(VIRTIO_F_ACCESS_PLATFORM)),
			  BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-negotiate");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, both_words_are_read_and_written);
	tcase_add_test(tc, features_ok_that_does_not_stick_is_an_error);
	tcase_add_test(tc, device_without_version_1_is_refused);
	tcase_add_test(tc, each_reset_asks_for_the_offer_of_its_moment);
	tcase_add_test(tc, same_word_for_every_select_is_read_twice);
	tcase_add_test(tc, no_word_is_selected_that_has_no_meaning);
	tcase_add_test(tc, feature_without_room_for_its_registers_is_not_accepted);
	tcase_add_test(tc, feature_without_room_for_its_fields_is_not_accepted);
	tcase_add_test(tc, queue_reset_is_not_accepted);
	tcase_add_test(tc, admin_queues_are_not_accepted);
	tcase_add_test(tc, notification_data_needs_doorbells_of_32_bits);
	tcase_add_test(tc, device_that_bypasses_the_iommu_is_given_no_iovas);
	tcase_add_test(tc, device_behind_the_iommu_is_given_iovas);
	tcase_add_test(tc, device_behind_an_iommu_is_given_no_physical_addresses);
	tcase_add_test(tc, platform_without_an_iommu_is_given_physical_addresses);
	return unit_run("pci-negotiate", tc);
}
