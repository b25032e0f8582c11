/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bus as libpciaccess tells of it: which functions there are, what their
 * records say, what happens while it changes.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/error.h>

#include "bus.h"
#include "fake-bus.h"
#include "fake-sysfs.h"
#include "unit.h"

static void set_up(void)
{
	fake_bus_init();
	fake_sysfs_init();
}

static void tear_down(void)
{
	fake_bus_end();
	fake_sysfs_end();
}

static struct vpci_function *list;

static int scan(void)
{
	free(list);
	return vpci_bus_scan(&list);
}

/* PCI-DISC-1, -2, -5 */
START_TEST(every_id_of_virtio_is_found)
{
	for (unsigned i = 0; i < 0x80; i++)
		fake_bus_add(0x7000, 0, 0x1af4, (uint16_t)(0x1000 + i))->bus = (uint8_t)i;
	ck_assert_int_eq(scan(), 0x80);
	for (unsigned i = 0; i < 0x80; i++) {
		ck_assert_uint_eq(list[i].device, 0x1000 + i);
		ck_assert_uint_eq(list[i].type, vpci_type_of((uint16_t)(0x1000 + i)));
		ck_assert_int_eq(list[i].transitional, i < 0x40);
	}
}
END_TEST

/* PCI-DISC-1 */
START_TEST(neighbouring_ids_and_other_vendors_are_not)
{
	fake_bus_add(0x7000, 1, 0x1af4, 0x0fff);
	fake_bus_add(0x7000, 2, 0x1af4, 0x1080);
	fake_bus_add(0x7000, 3, 0x1af4, 0x1110);
	fake_bus_add(0x7000, 4, 0x1af5, 0x1042);
	fake_bus_add(0x7000, 5, 0x1b36, 0x1042);
	ck_assert_int_eq(scan(), 0);
	for (unsigned i = 0; i < bus.n; i++)
		ck_assert_msg(!bus.probed[i], "function %u was probed", i);
}
END_TEST

/* PCI-DISC-3, -4 */
START_TEST(revision_subsystem_and_class_do_not_matter)
{
	static const uint8_t revisions[] = { 0, 1, 255 };

	for (uint8_t i = 0; i < sizeof(revisions); i++) {
		struct pci_device *d = fake_bus_add(0x7000, i, 0x1af4, 0x1042);

		d->revision = revisions[i];
		d->subvendor_id = (uint16_t)(0x8086 + i);
		d->subdevice_id = i;
		d->device_class = 0x010000u * i;
	}
	ck_assert_int_eq(scan(), 3);
	for (unsigned i = 0; i < sizeof(revisions); i++) {
		ck_assert_uint_eq(list[i].revision, revisions[i]);
		ck_assert_uint_eq(list[i].subsystem_vendor, 0x8086 + i);
		ck_assert_uint_eq(list[i].subsystem_device, i);
		ck_assert_uint_eq(list[i].type, 2);
	}
}
END_TEST

START_TEST(domains_have_32_bits)
{
	struct virtio_pci_addr addr = { .domain = 0x10007000, .bus = 0xfe, .dev = 4 };
	struct vpci_function fn;

	fake_bus_add(0x10007000, 4, 0x1af4, 0x1042);
	ck_assert_int_eq(scan(), 1);
	ck_assert_uint_eq(list[0].addr.domain, 0x10007000);
	ck_assert_str_eq(list[0].name, "10007000:fe:04.0");
	ck_assert_int_eq(vpci_bus_find(&addr, &fn), 0);
	addr.domain = 0x7000;
	ck_assert_int_eq(vpci_bus_find(&addr, &fn), -ENODEV);
}
END_TEST

START_TEST(functions_come_in_bus_order)
{
	fake_bus_add(0x10000, 1, 0x1af4, 0x1042);
	fake_bus_add(0x7000, 9, 0x1af4, 0x1041);
	fake_bus_add(0x7000, 2, 0x1af4, 0x1044);
	ck_assert_int_eq(scan(), 3);
	ck_assert_str_eq(list[0].name, "7000:fe:02.0");
	ck_assert_str_eq(list[1].name, "7000:fe:09.0");
	ck_assert_str_eq(list[2].name, "10000:fe:01.0");
}
END_TEST

static struct vpci_function found(uint8_t dev)
{
	const struct virtio_pci_addr addr = { .domain = 0x7000, .bus = FAKE_BUS, .dev = dev };
	struct vpci_function fn;

	ck_assert_msg(vpci_bus_find(&addr, &fn) == 0, "%s", virtio_last_error());
	return fn;
}

/* HARD-CAP-4 */
START_TEST(upper_half_of_a_bar_is_no_bar)
{
	struct vpci_function fn;

	fake_bus_add(0x7000, 1, 0x1af4, 0x1042);
	fn = found(1);
	ck_assert_uint_eq(fn.bars[0].size, 0);
	ck_assert_uint_eq(fn.bars[1].size, 0x1000);
	ck_assert_uint_eq(fn.bars[4].size, 0x4000);
	ck_assert_uint_eq(fn.bars[5].size, 0);
}
END_TEST

START_TEST(io_bars_are_told_from_memory)
{
	struct pci_device *d = fake_bus_add(0x7000, 1, 0x1af4, 0x1001);
	struct vpci_function fn;

	d->regions[0].size = 32;
	d->regions[0].is_IO = 1;
	fn = found(1);
	ck_assert(fn.bars[0].io);
	ck_assert_uint_eq(fn.bars[0].size, 32);
	ck_assert(!fn.bars[1].io);
}
END_TEST

START_TEST(bars_have_the_address_that_the_cpu_sees)
{
	struct pci_device *d = fake_bus_add(0x7000, 1, 0x1af4, 0x1042);

	d->regions[4].base_addr = 0x8000000800;
	ck_assert_uint_eq(found(1).bars[4].base, 0x8000000800);
}
END_TEST

/* PCI-CFGACC-2: probing reads all of configuration space, of any device. */
START_TEST(scan_probes_nothing_and_tells_no_bars)
{
	fake_bus_add(0x7000, 1, 0x1af4, 0x1042);
	fake_bus_add(0x7000, 2, 0x1af4, 0x1041);
	ck_assert_int_eq(scan(), 2);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_msg(!bus.probed[i], "function %u was probed", i);
		for (unsigned bar = 0; bar < VPCI_BARS; bar++)
			ck_assert_uint_eq(list[i].bars[bar].size, 0);
	}
}
END_TEST

/* PCI-CFGACC-2 */
START_TEST(function_that_the_kernel_drives_is_found_and_not_probed)
{
	struct vpci_function fn;

	fake_bus_add(0x7000, 1, 0x1af4, 0x1042);
	fake_bus_add(0x7000, 2, 0x1af4, 0x1042);
	fake_sysfs_folder("7000:fe:01.0");
	fake_sysfs_link("7000:fe:01.0/driver", "../../bus/pci/drivers/virtio-pci");
	fake_sysfs_folder("7000:fe:02.0");
	fake_sysfs_link("7000:fe:02.0/driver", "../../bus/pci/drivers/vfio-pci");
	fn = found(1);
	ck_assert_str_eq(fn.driver, "virtio-pci");
	ck_assert_uint_eq(fn.type, 2);
	ck_assert_uint_eq(fn.bars[4].size, 0);
	ck_assert(!bus.probed[0]);
	ck_assert_uint_eq(found(2).bars[4].size, 0x4000);
	ck_assert(bus.probed[1]);
}
END_TEST

START_TEST(each_scan_sees_the_bus_of_its_moment)
{
	fake_bus_add(0x7000, 1, 0x1af4, 0x1042);
	ck_assert_int_eq(scan(), 1);
	fake_bus_add(0x7000, 2, 0x1af4, 0x1041);
	ck_assert_int_eq(scan(), 2);
	bus.n = 0;
	ck_assert_int_eq(scan(), 0);
	ck_assert_uint_eq(bus.cleanups, 3);
}
END_TEST

START_TEST(machine_without_pci_has_no_functions)
{
	struct virtio_pci_addr addr = { .bus = 1 };
	struct vpci_function fn;

	for (unsigned i = 0; i < 3; i++)
		bus.init_results[i] = ENOENT;
	ck_assert_int_eq(scan(), 0);
	bus.inits = 0;
	ck_assert_int_eq(vpci_bus_find(&addr, &fn), -ENODEV);
	assert_error_says("0000:01:00.0");
}
END_TEST

START_TEST(bus_that_changes_during_the_scan_is_scanned_again)
{
	bus.init_results[0] = ENOENT;
	fake_bus_add(0x7000, 1, 0x1af4, 0x1042);
	ck_assert_int_eq(scan(), 1);
	ck_assert_uint_eq(bus.inits, 2);
}
END_TEST

START_TEST(bus_that_cannot_be_read_is_an_error)
{
	for (unsigned i = 0; i < 3; i++)
		bus.init_results[i] = EACCES;
	ck_assert_int_eq(scan(), -EACCES);
	assert_error_says("PCI bus");
	ck_assert_ptr_null(list);
}
END_TEST

START_TEST(function_that_goes_before_it_is_probed_is_enodev)
{
	const struct virtio_pci_addr addr = { .domain = 0x7000, .bus = FAKE_BUS, .dev = 1 };
	struct vpci_function fn;

	fake_bus_add(0x7000, 1, 0x1af4, 0x1042);
	bus.probe_result[0] = EIO;
	ck_assert_int_eq(vpci_bus_find(&addr, &fn), -ENODEV);
	assert_error_says("7000:fe:01.0");
	assert_error_says("cannot be read");
	bus.probe_result[0] = ENOENT;
	ck_assert_int_eq(vpci_bus_find(&addr, &fn), -ENODEV);
	assert_error_says("no PCI function");
}
END_TEST

START_TEST(session_of_the_program_is_used_and_left_open)
{
	struct virtio_pci_addr addr = { .domain = 0x7000, .bus = 0xfe, .dev = 1 };
	struct vpci_function fn;

	fake_bus_add(0x7000, 1, 0x1af4, 0x1042);
	ck_assert_int_eq(pci_system_init(), 0);
	ck_assert_int_eq(scan(), 1);
	ck_assert_int_eq(vpci_bus_find(&addr, &fn), 0);
	ck_assert_uint_eq(bus.inits, 1);
	ck_assert(bus.open);
	pci_system_cleanup();
}
END_TEST

START_TEST(function_is_found_by_its_address)
{
	struct virtio_pci_addr addr = { .domain = 0x7000, .bus = 0xfe, .dev = 3, .func = 1 };
	struct vpci_function fn;

	fake_bus_add(0x7000, 3, 0x1af4, 0x1042);
	fake_bus_add(0x7000, 3, 0x1af4, 0x1048)->func = 1;
	ck_assert_int_eq(vpci_bus_find(&addr, &fn), 0);
	ck_assert_str_eq(fn.name, "7000:fe:03.1");
	ck_assert_uint_eq(fn.type, 8);
	ck_assert_uint_eq(fn.bars[4].size, 0x4000);
}
END_TEST

START_TEST(foreign_function_is_found_and_not_probed)
{
	struct virtio_pci_addr addr = { .domain = 0x7000, .bus = 0xfe, .dev = 3 };
	struct vpci_function fn;

	fake_bus_add(0x7000, 3, 0x8086, 0x100e);
	ck_assert_int_eq(vpci_bus_find(&addr, &fn), 0);
	ck_assert_uint_eq(fn.vendor, 0x8086);
	ck_assert_uint_eq(fn.type, 0);
	ck_assert(!vpci_is_virtio(fn.vendor, fn.device));
	ck_assert(!bus.probed[0]);
}
END_TEST

START_TEST(address_without_a_function_is_enodev)
{
	struct virtio_pci_addr addr = { .domain = 0x7000, .bus = 0xfe, .dev = 4 };
	struct vpci_function fn;

	fake_bus_add(0x7000, 3, 0x1af4, 0x1042);
	ck_assert_int_eq(vpci_bus_find(&addr, &fn), -ENODEV);
	assert_error_says("7000:fe:04.0");
	assert_error_says("list");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-bus");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, every_id_of_virtio_is_found);
	tcase_add_test(tc, neighbouring_ids_and_other_vendors_are_not);
	tcase_add_test(tc, revision_subsystem_and_class_do_not_matter);
	tcase_add_test(tc, domains_have_32_bits);
	tcase_add_test(tc, functions_come_in_bus_order);
	tcase_add_test(tc, upper_half_of_a_bar_is_no_bar);
	tcase_add_test(tc, io_bars_are_told_from_memory);
	tcase_add_test(tc, bars_have_the_address_that_the_cpu_sees);
	tcase_add_test(tc, scan_probes_nothing_and_tells_no_bars);
	tcase_add_test(tc, function_that_the_kernel_drives_is_found_and_not_probed);
	tcase_add_test(tc, each_scan_sees_the_bus_of_its_moment);
	tcase_add_test(tc, machine_without_pci_has_no_functions);
	tcase_add_test(tc, bus_that_changes_during_the_scan_is_scanned_again);
	tcase_add_test(tc, bus_that_cannot_be_read_is_an_error);
	tcase_add_test(tc, function_that_goes_before_it_is_probed_is_enodev);
	tcase_add_test(tc, session_of_the_program_is_used_and_left_open);
	tcase_add_test(tc, function_is_found_by_its_address);
	tcase_add_test(tc, foreign_function_is_found_and_not_probed);
	tcase_add_test(tc, address_without_a_function_is_enodev);
	return unit_run("pci-bus", tc);
}
