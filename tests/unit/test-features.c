/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is accepted of what is offered: never more than offered, never what
 * the library cannot do, and no bit without the one it needs.
 */
#include "config.h"

#include <errno.h>

#include "../../lib/device.h"
#include "unit.h"

#define BIT(n)	(1ull << (n))
#define ALL	UINT64_MAX
#define V1	BIT(VIRTIO_F_VERSION_1)
#define RING	(BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_RING_F_EVENT_IDX))
/* Device-type bits of VIRTIO 1.3, 2.2, but for 41, which is ADMIN_VQ. */
#define TYPE	((BIT(24) - 1) | BIT(42) | ALL << 50)

/* What is accepted over software, of a device without rules of its own. */
static uint64_t choose(uint64_t offered, uint64_t requested)
{
	return features_choose(offered, requested, 0, false, VIRTIO_ID_BLOCK);
}

/* The machines whose fences hold for devices as well, written down again. */
static bool fences_hold_for_devices(void)
{
#if defined(__x86_64__) || defined(__i386__) || defined(__s390x__) || \
	defined(__powerpc64__) || defined(__riscv)
	return true;
#else
	return false;
#endif
}

static uint64_t choose_net(uint64_t offered, uint64_t requested)
{
	return features_choose(offered, requested, 0, false, VIRTIO_ID_NET);
}

START_TEST(accepted_bits_are_offered_and_type_bits_requested)	/* FEAT-1, -7 */
{
	unsigned seed = 1;

	for (int i = 0; i < 100000; i++) {
		uint64_t offered = (uint64_t)rand_r(&seed) << 33 ^ (uint64_t)rand_r(&seed) << 12 ^
				   rand_r(&seed);
		uint64_t requested = (uint64_t)rand_r(&seed) << 33 ^
				     (uint64_t)rand_r(&seed) << 12 ^ rand_r(&seed);
		uint64_t accepted = choose(offered, requested);

		must(!(accepted & ~offered));
		must(!(accepted & TYPE & ~requested));
		must((accepted & TYPE) == (offered & requested & TYPE));
	}
}
END_TEST

START_TEST(all_ones_are_answered_with_the_allow_list)	/* FEAT-4, -5, -6, -10, -12 */
{
	ck_assert_uint_eq(choose(ALL, 0), V1 | RING | BIT(VIRTIO_F_ORDER_PLATFORM));
	ck_assert_uint_eq(choose(ALL, ALL) & ~TYPE, choose(ALL, 0));
	ck_assert_uint_eq(features_choose(ALL, 0, 0, true, 0) & ~BIT(VIRTIO_F_ORDER_PLATFORM),
			  V1 | RING | BIT(VIRTIO_F_ACCESS_PLATFORM) |
			  BIT(VIRTIO_F_NOTIFICATION_DATA) | BIT(VIRTIO_F_NOTIF_CONFIG_DATA));
}
END_TEST

static const uint8_t never[] = {
	24, 25, 26, 27, 30, 31,			/* reserved or of other layers */
	VIRTIO_F_SR_IOV, VIRTIO_F_ADMIN_VQ, VIRTIO_F_RING_RESET,
	43, 44, 45, 46, 47, 48, 49,
};

START_TEST(reserved_and_unsupported_bits_are_never_accepted)	/* FEAT-5, RFB-10 */
{
	for (int hw = 0; hw < 2; hw++)
		ck_assert(!(features_choose(ALL, ALL, 0, hw, 0) & BIT(never[_i])));
}
END_TEST

static const uint8_t pci_only[] = {
	VIRTIO_F_SR_IOV, VIRTIO_F_NOTIFICATION_DATA, VIRTIO_F_NOTIF_CONFIG_DATA, VIRTIO_F_ADMIN_VQ,
};

START_TEST(bits_of_pci_are_not_accepted_over_a_socket)	/* FEAT-6 */
{
	ck_assert(!(choose(ALL, ALL) & BIT(pci_only[_i])));
}
END_TEST

START_TEST(version_1_is_accepted_whatever_was_requested)	/* RFB-1 */
{
	ck_assert_uint_eq(choose(V1, 0), V1);
	ck_assert_uint_eq(choose(V1, ALL & ~V1), V1);
	ck_assert_uint_eq(choose(0, ALL), 0);
}
END_TEST

START_TEST(access_platform_is_accepted_behind_a_bus)	/* RFB-3 */
{
	ck_assert(features_choose(ALL, 0, 0, true, 0) & BIT(VIRTIO_F_ACCESS_PLATFORM));
}
END_TEST

START_TEST(order_platform_is_accepted_where_barriers_suffice)	/* RFB-7, -8 */
{
	uint64_t hardware = features_choose(ALL, 0, 0, true, 0);

	ck_assert(choose(ALL, 0) & BIT(VIRTIO_F_ORDER_PLATFORM));
	ck_assert_int_eq(hardware >> VIRTIO_F_ORDER_PLATFORM & 1, fences_hold_for_devices());
}
END_TEST

START_TEST(notif_config_data_is_accepted_behind_a_bus)	/* RFB-13 */
{
	ck_assert(features_choose(ALL, 0, 0, true, 0) & BIT(VIRTIO_F_NOTIF_CONFIG_DATA));
}
END_TEST

START_TEST(each_feature_may_be_absent)	/* FEAT-8 */
{
	uint64_t all = choose(ALL, ALL);

	for (int bit = 0; bit < 64; bit++)
		ck_assert_uint_eq(choose(ALL & ~BIT(bit), ALL), all & ~BIT(bit));
}
END_TEST

START_TEST(what_an_option_switches_off_stays_off)
{
	uint64_t accepted = features_choose(ALL, ALL, RING, false, 0);

	ck_assert_uint_eq(accepted & RING, 0);
	ck_assert(accepted & V1);
}
END_TEST

/* VIRTIO 1.3, 5.1.3.1, written down a second time. */
static const struct {
	uint8_t bit, needs, or_needs;
} rules[] = {
	{ 7, 1, 1 }, { 8, 1, 1 }, { 9, 7, 8 }, { 10, 1, 1 }, { 54, 1, 1 }, { 55, 1, 1 },
	{ 11, 0, 0 }, { 12, 0, 0 }, { 13, 11, 12 }, { 14, 0, 0 }, { 56, 0, 0 },
	{ 18, 17, 17 }, { 19, 17, 17 }, { 20, 17, 17 }, { 21, 17, 17 }, { 22, 17, 17 },
	{ 23, 17, 17 }, { 53, 17, 17 }, { 61, 11, 12 }, { 60, 17, 17 }, { 52, 17, 17 },
	{ 57, 17, 17 }, { 51, 17, 17 }, { 51, 60, 57 },
};

START_TEST(network_bit_is_nothing_without_the_one_it_needs)	/* FEAT-2, -3, HARD-FEAT-3 */
{
	uint64_t base = BIT(rules[_i].needs) | BIT(rules[_i].or_needs);

	ck_assert(choose_net(ALL, ALL) & BIT(rules[_i].bit));
	/* Not offered; offered and not requested. */
	ck_assert(!(choose_net(ALL & ~base, ALL) & BIT(rules[_i].bit)));
	ck_assert(!(choose_net(ALL, ALL & ~base) & BIT(rules[_i].bit)));
}
END_TEST

START_TEST(either_of_two_bases_will_do)	/* FEAT-2 */
{
	ck_assert(choose_net(ALL & ~BIT(rules[_i].needs), ALL) & BIT(rules[_i].bit) ||
		  rules[_i].needs == rules[_i].or_needs);
	ck_assert(choose_net(ALL & ~BIT(rules[_i].or_needs), ALL) & BIT(rules[_i].bit) ||
		  rules[_i].needs == rules[_i].or_needs);
}
END_TEST

START_TEST(cuts_go_on_until_nothing_depends_on_what_is_gone)	/* FEAT-2 */
{
	uint64_t accepted = choose_net(ALL & ~BIT(1), ALL);

	ck_assert_uint_eq(accepted & (BIT(7) | BIT(8) | BIT(9) | BIT(10)), 0);
	accepted = choose_net(ALL & ~BIT(0), ALL);
	ck_assert_uint_eq(accepted & (BIT(11) | BIT(12) | BIT(13) | BIT(14) | BIT(61)), 0);
}
END_TEST

START_TEST(network_rules_are_for_network_devices)	/* FEAT-7 */
{
	ck_assert(choose(BIT(9), BIT(9)) & BIT(9));
	ck_assert(!(choose_net(BIT(9), BIT(9)) & BIT(9)));
}
END_TEST

#define LEN(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	TCase *tc = tcase_create("features");

	tcase_add_test(tc, accepted_bits_are_offered_and_type_bits_requested);
	tcase_add_test(tc, all_ones_are_answered_with_the_allow_list);
	tcase_add_loop_test(tc, reserved_and_unsupported_bits_are_never_accepted, 0, LEN(never));
	tcase_add_loop_test(tc, bits_of_pci_are_not_accepted_over_a_socket, 0, LEN(pci_only));
	tcase_add_test(tc, version_1_is_accepted_whatever_was_requested);
	tcase_add_test(tc, access_platform_is_accepted_behind_a_bus);
	tcase_add_test(tc, order_platform_is_accepted_where_barriers_suffice);
	tcase_add_test(tc, notif_config_data_is_accepted_behind_a_bus);
	tcase_add_test(tc, each_feature_may_be_absent);
	tcase_add_test(tc, what_an_option_switches_off_stays_off);
	tcase_add_loop_test(tc, network_bit_is_nothing_without_the_one_it_needs, 0, LEN(rules));
	tcase_add_loop_test(tc, either_of_two_bases_will_do, 0, LEN(rules));
	tcase_add_test(tc, cuts_go_on_until_nothing_depends_on_what_is_gone);
	tcase_add_test(tc, network_rules_are_for_network_devices);
	return unit_run("features", tc);
}
