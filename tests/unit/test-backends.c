/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk over the backends and the calls of one backend only, where its
 * plugin is not there: what callbacks may do, and threads next to each other.
 *
 * A plugin stays loaded as long as the process lives, so each test uses names
 * of its own; then they also pass without fork.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/virtio.h>

#include "plugin-folder.h"

struct order {
	char last[128];
	unsigned count;
};

static int check_order(const struct virtio_backend_info *info, void *ctx)
{
	struct order *order = ctx;

	ck_assert_int_le(strcmp(order->last, info->name), 0);
	snprintf(order->last, sizeof(order->last), "%s", info->name);
	order->count++;
	return 0;
}

START_TEST(walk_is_sorted_by_name)
{
	struct order order = { .last = "", .count = 0 };

	install("chameleon", "good-b");
	install("chameleon", "good-c");
	install("chameleon", "good-a");
	ck_assert_int_eq(virtio_backend_foreach(check_order, &order), 0);
	ck_assert_uint_ge(order.count, 3);
}
END_TEST

static int end_walk(const struct virtio_backend_info *info, void *ctx)
{
	(void)info;
	++*(int *)ctx;
	return 42;
}

START_TEST(result_of_the_callback_ends_the_walk)
{
	int count = 0;

	install("chameleon", "good-one");
	install("chameleon", "good-two");
	ck_assert_int_eq(virtio_backend_foreach(end_walk, &count), 42);
	ck_assert_int_eq(count, 1);
	ck_assert_int_eq(virtio_backend_foreach(NULL, NULL), -EINVAL);
}
END_TEST

/* ctx counts what could be opened from inside the walk. */
static int open_inside(const struct virtio_backend_info *info, void *ctx)
{
	char address[256];

	snprintf(address, sizeof(address), "%s:x", info->name);
	if (!info->error && try_open(address) == 0)
		++*(int *)ctx;
	return 0;
}

START_TEST(callback_may_call_the_library)
{
	int opened = 0;

	install("chameleon", "good-inside");
	ck_assert_int_eq(virtio_backend_foreach(open_inside, &opened), 0);
	ck_assert_int_ge(opened, 1);
}
END_TEST

static void *open_often(void *failures)
{
	for (int i = 0; i < 50; i++)
		if (try_open("good-shared:x") != 0)
			++*(int *)failures;
	return NULL;
}

START_TEST(threads_may_load_the_same_plugin_at_once)
{
	pthread_t threads[4];
	int failures[4] = { 0 };

	install("chameleon", "good-shared");
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, open_often, &failures[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(failures[i], 0);
	}
	ck_assert_uint_eq(walk_for("good-shared").count, 1);
}
END_TEST

static int never(struct virtio_pci_ctx *pci_ctx, void *ctx)
{
	(void)pci_ctx;
	(void)ctx;
	return -1;
}

START_TEST(pci_calls_without_the_plugin_are_enoent)
{
	struct virtio_pci_addr addr = { .domain = 0 };
	struct virtio_dev vdev = { .name = NULL };

	/* One may be installed where this build would be. */
	if (walk_for("pci").count > 0)
		return;
	ck_assert_int_eq(virtio_pci_dev_enumerate(never, NULL, 2), -ENOENT);
	assert_error_says("virtio_pci_dev_enumerate: ");
	assert_error_says("pci.so is not in ");
	assert_error_says(folder);
	ck_assert_int_eq(virtio_pci_dev_attach(never, NULL, 0x1042, &addr), -ENOENT);
	ck_assert_int_eq(virtio_pci_dev_init(&vdev, "d", (struct virtio_pci_ctx *)&addr),
			 -ENOENT);
}
END_TEST

START_TEST(pci_id_that_is_none_is_einval)
{
	static const uint16_t rows[] = { 0, 0x40, 0xfff, 0x1006, 0x1040, 0x1080, 0xffff };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_int_eq(virtio_pci_dev_enumerate(never, NULL, rows[i]), -EINVAL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("backends");

	tcase_add_checked_fixture(tc, make_folder, remove_folder);
	tcase_add_test(tc, walk_is_sorted_by_name);
	tcase_add_test(tc, result_of_the_callback_ends_the_walk);
	tcase_add_test(tc, callback_may_call_the_library);
	tcase_add_test(tc, threads_may_load_the_same_plugin_at_once);
	tcase_add_test(tc, pci_calls_without_the_plugin_are_enoent);
	tcase_add_test(tc, pci_id_that_is_none_is_einval);
	return unit_run("backends", tc);
}
