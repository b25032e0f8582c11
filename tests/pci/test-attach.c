/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the bus to a device: which functions are offered, which are refused and
 * with what words, to whom one belongs meanwhile. Bus and attributes are made
 * here; no function is opened.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include <virtio-poll/error.h>

#include "attach.h"
#include "claim.h"
#include "config-bytes.h"
#include "fake-bus.h"
#include "fake-sysfs.h"
#include "function.h"
#include "unit.h"

#define DOMAIN	0x7000
#define BLOCK	0x1042
#define NET	0x1041

static struct {
	unsigned calls;
	int results[8];		/* of the callback */
	void *devices[8];
	char text[8][128];
} seen;

static void set_up(void)
{
	fake_bus_init();
	fake_sysfs_init();
	memset(&seen, 0, sizeof(seen));
}

static void tear_down(void)
{
	for (unsigned i = 0; i < seen.calls && i < 8; i++)
		if (seen.devices[i] && !seen.results[i])
			vpci_release(seen.devices[i]);
	fake_bus_end();
	fake_sysfs_end();
}

static const char *path_of(uint8_t dev, const char *attribute)
{
	static char path[64];

	snprintf(path, sizeof(path), "%04x:%02x:%02x.0/%s", DOMAIN, FAKE_BUS, dev, attribute);
	return path;
}

static struct virtio_pci_addr address_of(uint8_t dev)
{
	return (struct virtio_pci_addr){ .domain = DOMAIN, .bus = FAKE_BUS, .dev = dev };
}

/* A function with a modern device's configuration space. */
static void add(uint8_t dev, uint16_t id)
{
	struct config_bytes space;

	fake_bus_add(DOMAIN, dev, 0x1af4, id);
	fake_sysfs_folder(path_of(dev, ""));
	config_usual(&space);
	fake_sysfs_file(path_of(dev, "config"), space.bytes, sizeof(space.bytes));
}

static void hold(uint8_t dev, const char *driver)
{
	char target[64];

	snprintf(target, sizeof(target), "../../bus/pci/drivers/%s", driver);
	fake_sysfs_link(path_of(dev, "driver"), target);
}

static int offered(void *device, void *ctx)
{
	const unsigned i = seen.calls++;

	(void)ctx;
	ck_assert_uint_lt(i, 8);
	seen.devices[i] = device;
	return seen.results[i];
}

static int enumerate(uint16_t type)
{
	return vpci_attach(offered, NULL, type, NULL);
}

static int attach(uint8_t dev, uint16_t type)
{
	const struct virtio_pci_addr addr = address_of(dev);

	return vpci_attach(offered, NULL, type, &addr);
}

START_TEST(functions_of_the_type_are_offered)
{
	add(1, BLOCK);
	add(2, NET);
	add(3, 0x1001);
	ck_assert_int_eq(enumerate(2), 0);
	ck_assert_uint_eq(seen.calls, 2);
	ck_assert_int_eq(enumerate(1), 0);
	ck_assert_uint_eq(seen.calls, 3);
	ck_assert_int_eq(enumerate(3), 0);
	ck_assert_uint_eq(seen.calls, 3);
}
END_TEST

START_TEST(function_that_was_kept_is_not_offered_again)
{
	add(1, BLOCK);
	ck_assert_int_eq(enumerate(2), 0);
	ck_assert_int_eq(enumerate(2), 0);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_int_eq(attach(1, 2), -EBUSY);
	assert_error_says("attached already");
}
END_TEST

START_TEST(function_that_was_given_back_is_offered_again)
{
	add(1, BLOCK);
	seen.results[0] = seen.results[1] = 1;
	ck_assert_int_eq(enumerate(2), 0);
	ck_assert_int_eq(attach(1, 2), 1);
	ck_assert_int_eq(enumerate(2), 0);
	ck_assert_uint_eq(seen.calls, 3);
}
END_TEST

START_TEST(refusal_does_not_end_the_walk)
{
	add(1, BLOCK);
	add(2, BLOCK);
	add(3, BLOCK);
	seen.results[0] = -EIO;
	seen.results[1] = 7;
	ck_assert_int_eq(enumerate(2), 0);
	ck_assert_uint_eq(seen.calls, 3);
}
END_TEST

START_TEST(release_ends_the_claim)
{
	add(1, BLOCK);
	ck_assert_int_eq(attach(1, 2), 0);
	vpci_release(seen.devices[0]);
	seen.devices[0] = NULL;
	ck_assert_int_eq(attach(1, 2), 0);
	ck_assert_uint_eq(seen.calls, 2);
}
END_TEST

START_TEST(device_held_by_a_kernel_driver_is_not_offered)
{
	add(1, BLOCK);
	add(2, BLOCK);
	hold(1, "virtio-pci");
	ck_assert_int_eq(enumerate(2), 0);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_int_eq(attach(1, 2), -EBUSY);
	ck_assert_uint_eq(seen.calls, 1);
	assert_error_says("virtio-pci");
	/* No IOMMU is in front of it: VFIO would be of no use. */
	assert_error_says("bind --driver none pci:7000:fe:01.0");
}
END_TEST

START_TEST(drivers_for_user_space_do_not_hold_it)
{
	add(1, BLOCK);
	add(2, BLOCK);
	hold(1, "vfio-pci");
	hold(2, "uio_pci_generic");
	ck_assert_int_eq(enumerate(2), 0);
	ck_assert_uint_eq(seen.calls, 2);
}
END_TEST

START_TEST(address_of_another_type_is_enodev)
{
	add(1, BLOCK);
	ck_assert_int_eq(attach(1, 1), -ENODEV);
	assert_error_says("type 2");
	ck_assert_int_eq(attach(9, 2), -ENODEV);
	ck_assert_uint_eq(seen.calls, 0);
}
END_TEST

START_TEST(function_of_another_vendor_is_enodev)
{
	fake_bus_add(DOMAIN, 1, 0x8086, BLOCK);
	ck_assert_int_eq(attach(1, 2), -ENODEV);
	assert_error_says("no virtio device");
}
END_TEST

/* PCI-DETECT-1 */
START_TEST(legacy_device_is_refused)
{
	struct config_bytes space;

	add(1, 0x1001);
	config_init(&space);
	fake_sysfs_file(path_of(1, "config"), space.bytes, sizeof(space.bytes));
	ck_assert_int_eq(attach(1, 2), -ENODEV);
	assert_error_says("legacy");
	ck_assert_int_eq(enumerate(2), 0);
	ck_assert_uint_eq(seen.calls, 0);
}
END_TEST

/* Who may see no more than the header learns the rest when it opens it. */
START_TEST(device_whose_capabilities_are_hidden_is_offered)
{
	struct config_bytes space;

	add(1, BLOCK);
	config_usual(&space);
	fake_sysfs_file(path_of(1, "config"), space.bytes, 64);
	ck_assert_int_eq(attach(1, 2), 0);
	ck_assert_uint_eq(seen.calls, 1);
}
END_TEST

static int listed(const struct virtio_device_info *info, void *ctx)
{
	(void)ctx;
	ck_assert_uint_lt(seen.calls, 8);
	snprintf(seen.text[seen.calls++], sizeof(seen.text[0]), "%s %u %s: %s", info->address,
		 info->device_id, info->driver ? info->driver : "-",
		 info->missing ? info->missing : "nothing");
	return 0;
}

START_TEST(list_has_every_function_and_what_it_lacks)
{
	add(1, BLOCK);
	add(2, NET);
	add(3, 0x1040);
	hold(2, "virtio-pci");
	ck_assert_int_eq(vpci_enumerate(listed, NULL), 0);
	ck_assert_uint_eq(seen.calls, 3);
	ck_assert_ptr_nonnull(strstr(seen.text[0], "pci:7000:fe:01.0 2 -: "));
	ck_assert_ptr_nonnull(strstr(seen.text[1], "pci:7000:fe:02.0 1 virtio-pci: "));
	ck_assert_ptr_nonnull(strstr(seen.text[1], "virtio-pci holds it"));
	ck_assert_ptr_nonnull(strstr(seen.text[2], "pci:7000:fe:03.0 0 -: "));
	ck_assert_ptr_nonnull(strstr(seen.text[2], "0x1040"));
}
END_TEST

/* Taking it away from the kernel would not help. */
START_TEST(legacy_device_is_listed_as_one_whoever_holds_it)
{
	struct config_bytes space;

	add(1, 0x1001);
	config_init(&space);
	fake_sysfs_file(path_of(1, "config"), space.bytes, sizeof(space.bytes));
	hold(1, "virtio-pci");
	ck_assert_int_eq(vpci_enumerate(listed, NULL), 0);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_ptr_nonnull(strstr(seen.text[0], "legacy"));
	ck_assert_ptr_null(strstr(seen.text[0], "bind"));
}
END_TEST

START_TEST(claim_tells_what_is_handed_out)
{
	const struct virtio_pci_addr first = address_of(1), second = address_of(2);
	int offer = 0, other = 0;

	ck_assert_int_eq(vpci_claim_take(&first, "first", &offer), 0);
	ck_assert_int_eq(vpci_claim_take(&second, "second", NULL), 0);
	ck_assert(vpci_claim_offers(&offer));
	ck_assert(!vpci_claim_offers(&other));
	ck_assert(!vpci_claim_offers(NULL));
	vpci_claim_settle(&offer);
	ck_assert(!vpci_claim_offers(&offer));
	ck_assert_int_eq(vpci_claim_take(&first, "first", &other), -EBUSY);
	ck_assert(!vpci_claim_offers(&other));
	vpci_claim_drop(&first);
	vpci_claim_drop(&second);
}
END_TEST

START_TEST(claims_are_of_one_address)
{
	const struct virtio_pci_addr first = address_of(1), second = address_of(2);

	ck_assert_int_eq(vpci_claim_take(&first, "first", NULL), 0);
	ck_assert_int_eq(vpci_claim_take(&second, "second", NULL), 0);
	ck_assert_int_eq(vpci_claim_take(&first, "first", NULL), -EBUSY);
	vpci_claim_drop(&first);
	ck_assert_int_eq(vpci_claim_take(&second, "second", NULL), -EBUSY);
	ck_assert_int_eq(vpci_claim_take(&first, "first", NULL), 0);
	vpci_claim_drop(&first);
	vpci_claim_drop(&second);
	vpci_claim_drop(&second);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-attach");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, functions_of_the_type_are_offered);
	tcase_add_test(tc, function_that_was_kept_is_not_offered_again);
	tcase_add_test(tc, function_that_was_given_back_is_offered_again);
	tcase_add_test(tc, refusal_does_not_end_the_walk);
	tcase_add_test(tc, release_ends_the_claim);
	tcase_add_test(tc, device_held_by_a_kernel_driver_is_not_offered);
	tcase_add_test(tc, drivers_for_user_space_do_not_hold_it);
	tcase_add_test(tc, address_of_another_type_is_enodev);
	tcase_add_test(tc, function_of_another_vendor_is_enodev);
	tcase_add_test(tc, legacy_device_is_refused);
	tcase_add_test(tc, device_whose_capabilities_are_hidden_is_offered);
	tcase_add_test(tc, list_has_every_function_and_what_it_lacks);
	tcase_add_test(tc, legacy_device_is_listed_as_one_whoever_holds_it);
	tcase_add_test(tc, claim_tells_what_is_handed_out);
	tcase_add_test(tc, claims_are_of_one_address);
	return unit_run("pci-attach", tc);
}
