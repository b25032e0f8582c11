/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a callback of an attach may do with the function that it is offered:
 * make the device there or later, end it, refuse. Whose the function is then.
 * The device is the fake one, on a bus that is made here.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/error.h>

#include "access.h"
#include "attach.h"
#include "config-bytes.h"
#include "fake-bus.h"
#include "fake-function.h"
#include "fake-sysfs.h"
#include "unit.h"

#define DEV	4		/* of FAKE_NAME */

/* What the callback does, and what came of it. */
static struct {
	bool inits, destructs, attaches_again;
	int result;
	int init_result, again_result;
	unsigned calls;
	void *device;
} cb;

static struct virtio_dev vdev, second;

const struct vpci_access_choice *__wrap_vpci_access_find(const char *name);

/* In place of the ways in to real functions. */
const struct vpci_access_choice *__wrap_vpci_access_find(const char *name)
{
	ck_assert_str_eq(name, "auto");
	return fake_power_on();
}

static void set_up(void)
{
	struct config_bytes space;

	fake_bus_init();
	fake_sysfs_init();
	fake_init();
	memset(&cb, 0, sizeof(cb));
	memset(&vdev, 0, sizeof(vdev));
	memset(&second, 0, sizeof(second));
	fake_bus_add(0x7000, DEV, 0x1af4, VPCI_ID_MODERN + VIRTIO_ID_BLOCK);
	fake_sysfs_folder(FAKE_NAME);
	config_usual(&space);
	fake_sysfs_file(FAKE_NAME "/config", space.bytes, sizeof(space.bytes));
}

static void tear_down(void)
{
	ck_assert_str_eq(fake.offence, "");
	ck_assert_uint_eq(fake.closes, fake.opens);
	fake_bus_end();
	fake_sysfs_end();
}

static int attach(virtio_attach_cb callback)
{
	const struct virtio_pci_addr addr = { .domain = 0x7000, .bus = FAKE_BUS, .dev = DEV };

	return vpci_attach(callback, NULL, VIRTIO_ID_BLOCK, &addr);
}

static int make_second(void *device, void *ctx)
{
	(void)ctx;
	return vpci_init(&second, "second", device);
}

static int offered(void *device, void *ctx)
{
	(void)ctx;
	cb.calls++;
	cb.device = device;
	if (cb.inits)
		cb.init_result = vpci_init(&vdev, "first", device);
	if (cb.destructs)
		virtio_dev_destruct(&vdev);
	if (cb.attaches_again)
		cb.again_result = attach(make_second);
	return cb.result;
}

static int keep(void *device, void *ctx)
{
	(void)ctx;
	cb.device = device;
	return 0;
}

/* Nobody has it: it can be attached, and is given back here. */
static void assert_free(void)
{
	ck_assert_msg(attach(keep) == 0, "%s", virtio_last_error());
	vpci_release(cb.device);
}

static void assert_taken(void)
{
	ck_assert_int_eq(attach(keep), -EBUSY);
	assert_error_says("attached already");
}

START_TEST(device_made_in_the_callback_has_the_claim)
{
	cb.inits = true;
	ck_assert_int_eq(attach(offered), 0);
	ck_assert_msg(cb.init_result == 0, "%s", virtio_last_error());
	assert_taken();
	virtio_dev_destruct(&vdev);
	assert_free();
}
END_TEST

START_TEST(device_made_later_has_the_claim)
{
	ck_assert_int_eq(attach(offered), 0);
	assert_taken();
	ck_assert_msg(vpci_init(&vdev, "first", cb.device) == 0, "%s", virtio_last_error());
	assert_taken();
	virtio_dev_destruct(&vdev);
	assert_free();
}
END_TEST

/* The callback's result says that it refuses, but the device lives. */
START_TEST(device_of_a_callback_that_refuses_keeps_its_claim)
{
	cb.inits = true;
	cb.result = -EIO;
	ck_assert_int_eq(attach(offered), -EIO);
	ck_assert_int_eq(cb.init_result, 0);
	assert_taken();
	ck_assert_int_eq(virtio_dev_reset(&vdev, UINT64_MAX), 0);
	virtio_dev_destruct(&vdev);
	assert_free();
}
END_TEST

START_TEST(device_made_and_ended_in_the_callback_leaves_no_claim)
{
	cb.inits = cb.destructs = true;
	ck_assert_int_eq(attach(offered), 0);
	ck_assert_int_eq(cb.init_result, 0);
	assert_free();
}
END_TEST

/* Nothing is freed twice: built with the address sanitizer, this would tell. */
START_TEST(callback_may_make_end_and_refuse)
{
	cb.inits = cb.destructs = true;
	cb.result = 7;
	ck_assert_int_eq(attach(offered), 7);
	ck_assert_int_eq(cb.init_result, 0);
	assert_free();
}
END_TEST

START_TEST(refusal_does_not_drop_the_claim_of_the_next_device)
{
	cb.inits = cb.destructs = cb.attaches_again = true;
	cb.result = -ECANCELED;
	ck_assert_int_eq(attach(offered), -ECANCELED);
	ck_assert_int_eq(cb.init_result, 0);
	ck_assert_msg(cb.again_result == 0, "%s", virtio_last_error());
	assert_taken();
	virtio_dev_destruct(&second);
	assert_free();
}
END_TEST

START_TEST(function_whose_device_failed_is_still_the_callbacks)
{
	cb.inits = true;
	fake.silent = true;
	ck_assert_int_eq(attach(offered), 0);
	ck_assert_int_eq(cb.init_result, -ENODEV);
	/* It may be tried again. */
	fake.silent = false;
	ck_assert_msg(vpci_init(&vdev, "again", cb.device) == 0, "%s", virtio_last_error());
	assert_taken();
	virtio_dev_destruct(&vdev);
	assert_free();
}
END_TEST

START_TEST(function_whose_device_failed_is_given_back_by_a_refusal)
{
	cb.inits = true;
	cb.result = -ENODEV;
	fake.silent = true;
	ck_assert_int_eq(attach(offered), -ENODEV);
	ck_assert_int_eq(cb.init_result, -ENODEV);
	assert_free();
}
END_TEST

START_TEST(one_device_is_made_of_what_is_handed_out)
{
	cb.inits = true;
	ck_assert_int_eq(attach(offered), 0);
	ck_assert_int_eq(cb.init_result, 0);
	ck_assert_int_eq(vpci_init(&second, "second", cb.device), -EINVAL);
	assert_error_says("one device");
	ck_assert_uint_eq(fake.opens, 1);
	virtio_dev_destruct(&vdev);
}
END_TEST

START_TEST(no_device_is_made_of_what_was_given_back)
{
	ck_assert_int_eq(attach(offered), 0);
	vpci_release(cb.device);
	ck_assert_int_eq(vpci_init(&vdev, "late", cb.device), -EINVAL);
	ck_assert_int_eq(vpci_init(&vdev, "none", NULL), -EINVAL);
	ck_assert_uint_eq(fake.opens, 0);
	assert_free();
}
END_TEST

START_TEST(walk_offers_what_was_given_back)
{
	cb.inits = cb.destructs = true;
	cb.result = 1;
	for (unsigned i = 1; i <= 3; i++) {
		ck_assert_int_eq(vpci_attach(offered, NULL, VIRTIO_ID_BLOCK, NULL), 0);
		ck_assert_uint_eq(cb.calls, i);
	}
	assert_free();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-offer");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, device_made_in_the_callback_has_the_claim);
	tcase_add_test(tc, device_made_later_has_the_claim);
	tcase_add_test(tc, device_of_a_callback_that_refuses_keeps_its_claim);
	tcase_add_test(tc, device_made_and_ended_in_the_callback_leaves_no_claim);
	tcase_add_test(tc, callback_may_make_end_and_refuse);
	tcase_add_test(tc, refusal_does_not_drop_the_claim_of_the_next_device);
	tcase_add_test(tc, function_whose_device_failed_is_still_the_callbacks);
	tcase_add_test(tc, function_whose_device_failed_is_given_back_by_a_refusal);
	tcase_add_test(tc, one_device_is_made_of_what_is_handed_out);
	tcase_add_test(tc, no_device_is_made_of_what_was_given_back);
	tcase_add_test(tc, walk_offers_what_was_given_back);
	return unit_run("pci-offer", tc);
}
