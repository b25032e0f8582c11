/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What IDs mean, and what a tree of attributes says of a function: driver,
 * group, node. The tree is made here, in place of /sys.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>

#include <linux/virtio_ids.h>

#include "fake-sysfs.h"
#include "function.h"
#include "sysfs.h"
#include "unit.h"

#define NAME "0000:00:04.0"

static struct vpci_function fn;

static void set_up(void)
{
	fake_sysfs_init();
	fake_sysfs_folder(NAME);
	memset(&fn, 0, sizeof(fn));
	strcpy(fn.name, NAME);
}

static void tear_down(void)
{
	fake_sysfs_end();
}

/* In a group of its own that has a folder, since the link must lead somewhere. */
static void make_group(const char *type)
{
	fake_sysfs_folder("77");
	fake_sysfs_link(NAME "/iommu_group", "../77");
	if (type)
		fake_sysfs_text("77/type", type);
	vpci_function_look(&fn);
}

/* PCI-DISC-1 */
START_TEST(ids_of_virtio_are_1000_to_107f_of_its_vendor)
{
	for (unsigned device = 0; device <= UINT16_MAX; device++) {
		const bool expected = device >= 0x1000 && device <= 0x107f;

		must(vpci_is_virtio(0x1af4, (uint16_t)device) == expected);
		must(!vpci_is_virtio(0x1af5, (uint16_t)device));
		must(!vpci_is_virtio(0x8086, (uint16_t)device));
	}
}
END_TEST

/* PCI-DISC-1 */
START_TEST(modern_id_is_1040_plus_the_type)
{
	for (unsigned type = 0; type < 64; type++)
		ck_assert_uint_eq(vpci_type_of((uint16_t)(0x1040 + type)), type);
	ck_assert_uint_eq(vpci_type_of(0x1080), 0);
}
END_TEST

/* PCI-DISC-2, -5 */
START_TEST(transitional_ids_stand_in_a_table)
{
	static const uint16_t types[0x40] = {
		VIRTIO_ID_NET, VIRTIO_ID_BLOCK, VIRTIO_ID_BALLOON, VIRTIO_ID_CONSOLE,
		VIRTIO_ID_SCSI, VIRTIO_ID_RNG, 0, 0, 0, VIRTIO_ID_9P,
	};

	for (unsigned i = 0; i < 0x40; i++)
		ck_assert_uint_eq(vpci_type_of((uint16_t)(0x1000 + i)), types[i]);
}
END_TEST

START_TEST(without_driver_group_and_node_it_says_so)
{
	vpci_function_look(&fn);
	ck_assert_str_eq(fn.driver, "");
	ck_assert_int_eq(fn.iommu_group, -1);
	ck_assert_int_eq(fn.numa_node, -1);
	ck_assert(!vpci_function_is_held(&fn));
	ck_assert(!vpci_function_is_vfio(&fn));
	ck_assert(!vpci_function_is_uio(&fn));
	ck_assert(!vpci_function_is_translated(&fn));
}
END_TEST

START_TEST(driver_group_and_node_are_told)
{
	fake_sysfs_link(NAME "/driver", "../../../bus/pci/drivers/virtio-pci");
	fake_sysfs_link(NAME "/iommu_group", "../../../kernel/iommu_groups/77");
	fake_sysfs_text(NAME "/numa_node", "1\n");
	vpci_function_look(&fn);
	ck_assert_str_eq(fn.driver, "virtio-pci");
	ck_assert_int_eq(fn.iommu_group, 77);
	ck_assert_int_eq(fn.numa_node, 1);
}
END_TEST

START_TEST(node_that_is_none_is_unknown)
{
	fake_sysfs_text(NAME "/numa_node", "-1\n");
	vpci_function_look(&fn);
	ck_assert_int_eq(fn.numa_node, -1);
}
END_TEST

START_TEST(kernel_drivers_hold_a_device)
{
	static const char *const drivers[] = { "virtio-pci", "pci-stub", "pcieport", "vp-vdpa" };

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		strcpy(fn.driver, drivers[i]);
		ck_assert_msg(vpci_function_is_held(&fn), "%s", drivers[i]);
	}
}
END_TEST

START_TEST(vfio_does_not_hold_it)
{
	strcpy(fn.driver, "vfio-pci");
	ck_assert(vpci_function_is_vfio(&fn));
	ck_assert(!vpci_function_is_held(&fn));
}
END_TEST

START_TEST(drivers_made_of_vfio_have_a_folder_for_it)
{
	strcpy(fn.driver, "virtiovf_pci");
	ck_assert(vpci_function_is_held(&fn));
	fake_sysfs_folder(NAME "/vfio-dev");
	ck_assert(vpci_function_is_vfio(&fn));
	ck_assert(!vpci_function_is_held(&fn));
}
END_TEST

START_TEST(uio_does_not_hold_it)
{
	static const char *const drivers[] = { "uio_pci_generic", "igb_uio" };

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		strcpy(fn.driver, drivers[i]);
		ck_assert(vpci_function_is_uio(&fn));
		ck_assert(!vpci_function_is_held(&fn));
	}
}
END_TEST

/* RFB-5 */
START_TEST(all_domains_but_identity_translate)
{
	static const char *const types[] = { "DMA\n", "DMA-FQ\n", "unmanaged\n", "blocked\n" };

	make_group(NULL);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		fake_sysfs_text("77/type", types[i]);
		ck_assert(vpci_function_is_translated(&fn));
	}
	fake_sysfs_text("77/type", "identity\n");
	ck_assert(!vpci_function_is_translated(&fn));
}
END_TEST

START_TEST(group_of_unknown_type_translates)
{
	make_group(NULL);
	ck_assert(vpci_function_is_translated(&fn));
}
END_TEST

START_TEST(newline_at_the_end_is_no_text)
{
	char text[16];

	fake_sysfs_text(NAME "/class", "0x010000\n");
	ck_assert_int_eq(vpci_sysfs_read(NAME, "class", text, sizeof(text)), 8);
	ck_assert_str_eq(text, "0x010000");
}
END_TEST

START_TEST(long_text_is_cut)
{
	char text[5];

	fake_sysfs_text(NAME "/modalias", "pci:v00001AF4");
	ck_assert_int_eq(vpci_sysfs_read(NAME, "modalias", text, sizeof(text)), 4);
	ck_assert_str_eq(text, "pci:");
}
END_TEST

START_TEST(missing_attribute_is_an_error)
{
	char text[5];

	ck_assert_int_eq(vpci_sysfs_read(NAME, "nothing", text, sizeof(text)), -ENOENT);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(vpci_sysfs_open(NAME, "nothing", O_RDONLY), -ENOENT);
}
END_TEST

START_TEST(numbers_are_decimal_or_hexadecimal)
{
	fake_sysfs_text(NAME "/a", "0x1af4\n");
	fake_sysfs_text(NAME "/b", "12\n");
	fake_sysfs_text(NAME "/c", "12 apples\n");
	fake_sysfs_text(NAME "/d", "\n");
	ck_assert_int_eq(vpci_sysfs_number(NAME, "a", -1), 0x1af4);
	ck_assert_int_eq(vpci_sysfs_number(NAME, "b", -1), 12);
	ck_assert_int_eq(vpci_sysfs_number(NAME, "c", -1), -1);
	ck_assert_int_eq(vpci_sysfs_number(NAME, "d", -1), -1);
	ck_assert_int_eq(vpci_sysfs_number(NAME, "e", 5), 5);
}
END_TEST

START_TEST(name_that_does_not_fit_is_unknown_but_there)
{
	char longer[2 * VPCI_DRIVER_LEN], text[VPCI_DRIVER_LEN];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	fake_sysfs_link(NAME "/driver", longer);
	vpci_sysfs_link(NAME, "driver", text, sizeof(text));
	ck_assert_str_eq(text, "?");
	vpci_function_look(&fn);
	ck_assert(vpci_function_is_held(&fn));
}
END_TEST

START_TEST(driver_that_cannot_be_asked_for_is_there)
{
	/* Nobody follows a link to itself: ELOOP, which does not say that there is none. */
	strcpy(fn.name, "0000:00:05.0");
	fake_sysfs_link(fn.name, fn.name);
	vpci_function_look(&fn);
	ck_assert_str_eq(fn.driver, "?");
	ck_assert(vpci_function_is_held(&fn));
}
END_TEST

START_TEST(path_that_does_not_fit_leads_nowhere)
{
	char longer[VPCI_SYSFS_PATH + 1], path[VPCI_SYSFS_PATH];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	vpci_sysfs_path(path, NAME, longer);
	ck_assert_str_eq(path, "");
	ck_assert_int_eq(vpci_sysfs_open(NAME, longer, O_RDONLY), -ENOENT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-function");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, ids_of_virtio_are_1000_to_107f_of_its_vendor);
	tcase_add_test(tc, modern_id_is_1040_plus_the_type);
	tcase_add_test(tc, transitional_ids_stand_in_a_table);
	tcase_add_test(tc, without_driver_group_and_node_it_says_so);
	tcase_add_test(tc, driver_group_and_node_are_told);
	tcase_add_test(tc, node_that_is_none_is_unknown);
	tcase_add_test(tc, kernel_drivers_hold_a_device);
	tcase_add_test(tc, vfio_does_not_hold_it);
	tcase_add_test(tc, drivers_made_of_vfio_have_a_folder_for_it);
	tcase_add_test(tc, uio_does_not_hold_it);
	tcase_add_test(tc, all_domains_but_identity_translate);
	tcase_add_test(tc, group_of_unknown_type_translates);
	tcase_add_test(tc, newline_at_the_end_is_no_text);
	tcase_add_test(tc, long_text_is_cut);
	tcase_add_test(tc, missing_attribute_is_an_error);
	tcase_add_test(tc, numbers_are_decimal_or_hexadecimal);
	tcase_add_test(tc, name_that_does_not_fit_is_unknown_but_there);
	tcase_add_test(tc, driver_that_cannot_be_asked_for_is_there);
	tcase_add_test(tc, path_that_does_not_fit_leads_nowhere);
	return unit_run("pci-function", tc);
}
