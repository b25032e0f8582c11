/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What VFIO says of itself, taken with care: chains of capabilities that lead
 * nowhere, answers that grow, regions of which parts may not be mapped. The
 * kernel's side of ioctl is the test's own.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>

#include "unit.h"
#include "vfio.h"

/* A region's answer with a capability behind it. */
static struct {
	struct vfio_region_info info;
	union {
		struct vfio_info_cap_header header;
		uint8_t bytes[128];
	} caps;
} answer;

static unsigned calls;
static uint32_t grows;			/* at each call: an answer that is never enough */

static unsigned vectors, switched_on;	/* that the kernel has, and that are on */

/* As vfio_msi_enable: all, or none and how many it could have been. */
static int set_irqs(const struct vfio_irq_set *set)
{
	switched_on = set->count <= vectors ? set->count : 0;
	return set->count <= vectors ? 0 : (int)vectors;
}

int __wrap_ioctl(int fd, unsigned long call, ...);

int __wrap_ioctl(int fd, unsigned long call, ...)
{
	struct vfio_region_info *out;
	uint32_t room;
	va_list args;

	(void)fd;
	va_start(args, call);
	out = va_arg(args, struct vfio_region_info *);
	va_end(args);
	calls++;
	if (call == VFIO_DEVICE_SET_IRQS)
		return set_irqs((void *)out);
	if (call != VFIO_DEVICE_GET_REGION_INFO) {
		errno = ENOTTY;
		return -1;
	}
	room = out->argsz;
	answer.info.argsz = room + grows > sizeof(answer) ? room + grows : sizeof(answer);
	memcpy(out, &answer, room < sizeof(answer) ? room : sizeof(answer));
	return 0;
}

static void begin(void)
{
	memset(&answer, 0, sizeof(answer));
	calls = grows = 0;
}

static const size_t caps_at = sizeof(struct vfio_region_info);

static void put_header(uint32_t at, uint16_t id, uint32_t next)
{
	const struct vfio_info_cap_header header = { .id = id, .version = 1, .next = next };

	memcpy((uint8_t *)&answer + at, &header, sizeof(header));
}

static const void *find(uint32_t first, uint16_t id, size_t least)
{
	size_t size;

	answer.info.argsz = sizeof(answer);
	return vpci_vfio_cap(&answer, first, id, least, &size);
}

START_TEST(capability_is_found_along_the_chain)
{
	put_header(caps_at, 7, caps_at + 16);
	put_header(caps_at + 16, 9, caps_at + 48);
	put_header(caps_at + 48, 1, 0);
	ck_assert_ptr_eq(find(caps_at, 1, 16), (uint8_t *)&answer + caps_at + 48);
}
END_TEST

START_TEST(absent_capability_is_not_found)
{
	put_header(caps_at, 7, 0);
	ck_assert_ptr_null(find(caps_at, 1, 16));
	ck_assert_ptr_null(find(0, 1, 16));
}
END_TEST

START_TEST(chain_that_loops_comes_to_an_end)
{
	put_header(caps_at, 7, caps_at + 8);
	put_header(caps_at + 8, 8, caps_at);
	ck_assert_ptr_null(find(caps_at, 1, 16));
}
END_TEST

START_TEST(chain_that_leaves_the_answer_is_not_followed)
{
	put_header(caps_at, 7, sizeof(answer) - 4);
	ck_assert_ptr_null(find(caps_at, 1, 16));
	put_header(caps_at, 7, 0xfffffff8);
	ck_assert_ptr_null(find(caps_at, 1, 16));
	ck_assert_ptr_null(find(0xffffffff, 1, 16));
}
END_TEST

START_TEST(capability_that_is_cut_off_is_not_taken)
{
	put_header(sizeof(answer) - 8, 1, 0);
	ck_assert_ptr_null(find(sizeof(answer) - 8, 1, 16));
}
END_TEST

START_TEST(answer_is_asked_for_with_the_room_it_takes)
{
	const struct vfio_region_info ask = { .argsz = sizeof(ask), .index = 4 };
	void *info;

	answer.info.size = 0x4000;
	info = vpci_vfio_info(3, VFIO_DEVICE_GET_REGION_INFO, &ask, sizeof(ask));
	ck_assert_ptr_nonnull(info);
	ck_assert_uint_eq(calls, 2);
	ck_assert_uint_eq(((struct vfio_region_info *)info)->size, 0x4000);
	free(info);
}
END_TEST

START_TEST(answer_that_always_grows_is_given_up)
{
	const struct vfio_region_info ask = { .argsz = sizeof(ask), .index = 4 };

	grows = 8;
	ck_assert_ptr_null(vpci_vfio_info(3, VFIO_DEVICE_GET_REGION_INFO, &ask, sizeof(ask)));
	ck_assert_uint_lt(calls, 10);
	grows = VPCI_INFO_MAX;
	ck_assert_ptr_null(vpci_vfio_info(3, VFIO_DEVICE_GET_REGION_INFO, &ask, sizeof(ask)));
}
END_TEST

static void put_areas(uint32_t nr_areas, const struct vfio_region_sparse_mmap_area *areas,
		      size_t present)
{
	struct vfio_region_info_cap_sparse_mmap cap = { .nr_areas = nr_areas };

	cap.header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
	memcpy(answer.caps.bytes, &cap, sizeof(cap));
	memcpy(answer.caps.bytes + sizeof(cap), areas, present * sizeof(*areas));
	answer.info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
			    VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
	answer.info.cap_offset = caps_at;
	answer.info.size = 0x4000;
}

/* The first region as find_regions sees it. */
static struct vpci_vfio_region *read_region(struct vpci_vfio *v)
{
	const struct vpci_function fn = { .name = "0000:00:04.0" };

	ck_assert_int_eq(vpci_vfio_find_regions(&fn, v), 0);
	return &v->regions[0];
}

/* HARD-CAP-10 */
START_TEST(only_the_areas_named_are_mapped)
{
	static const struct vfio_region_sparse_mmap_area areas[] = {
		{ 0x0000, 0x1000 }, { 0x2000, 0x2000 },
	};
	struct vpci_vfio v = { .fd = 3 };
	const struct vpci_vfio_region *r;

	put_areas(2, areas, 2);
	r = read_region(&v);
	ck_assert(vpci_vfio_may_map(r, 0x0000, 0x1000));
	ck_assert(vpci_vfio_may_map(r, 0x3000, 0x1000));
	ck_assert(!vpci_vfio_may_map(r, 0x1000, 0x1000));
	ck_assert(!vpci_vfio_may_map(r, 0x0000, 0x2000));
	ck_assert(!vpci_vfio_may_map(r, 0x3000, 0x2000));
	vpci_vfio_free_regions(&v);
}
END_TEST

START_TEST(areas_that_are_empty_or_wrap_around_hold_nothing)
{
	static const struct vfio_region_sparse_mmap_area areas[] = {
		{ 0x1000, 0 }, { 0xfffffffffffff000, 0x2000 },
	};
	struct vpci_vfio v = { .fd = 3 };
	const struct vpci_vfio_region *r;

	put_areas(2, areas, 2);
	r = read_region(&v);
	ck_assert(!vpci_vfio_may_map(r, 0x0000, 0x1000));
	ck_assert(!vpci_vfio_may_map(r, 0x1000, 0x1000));
	vpci_vfio_free_regions(&v);
}
END_TEST

START_TEST(more_areas_than_the_answer_holds_are_not_read)
{
	static const struct vfio_region_sparse_mmap_area area = { 0x1000, 0x1000 };
	struct vpci_vfio v = { .fd = 3 };
	const struct vpci_vfio_region *r;

	put_areas(UINT32_MAX, &area, 1);
	r = read_region(&v);
	ck_assert_uint_le(r->area_count, sizeof(answer.caps) / sizeof(area));
	ck_assert(vpci_vfio_may_map(r, 0x1000, 0x1000));
	vpci_vfio_free_regions(&v);
}
END_TEST

START_TEST(region_without_areas_is_mapped_up_to_its_end)
{
	const struct vpci_vfio_region r = {
		.size = 0x4000, .flags = VFIO_REGION_INFO_FLAG_MMAP,
	};

	ck_assert(vpci_vfio_may_map(&r, 0, 0x4000));
	ck_assert(!vpci_vfio_may_map(&r, 0x1000, 0x4000));
	ck_assert(!vpci_vfio_may_map(&r, UINT64_MAX, 2));
	ck_assert(!vpci_vfio_may_map(&r, 0x1000, 0));
}
END_TEST

START_TEST(region_that_cannot_be_mapped_is_not)
{
	const struct vpci_vfio_region r = { .size = 0x4000 };

	ck_assert(!vpci_vfio_may_map(&r, 0, 0x1000));
}
END_TEST

START_TEST(fewer_vectors_than_asked_for_are_none)	/* PCI-MSIX-6 */
{
	const int fds[4] = { 0 };
	struct vpci_vfio way = { .irq_count = 4 };
	struct vpci_dev dev = { .way = &way };

	vectors = 2;
	ck_assert_int_eq(vpci_vfio_set_irqs(&dev, fds, 4), -ENOSPC);
	ck_assert(!way.irqs_on);
	ck_assert_int_eq(vpci_vfio_set_irqs(&dev, fds, 2), 0);
	ck_assert(way.irqs_on);
	ck_assert_uint_eq(switched_on, 2);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("vfio");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, capability_is_found_along_the_chain);
	tcase_add_test(tc, absent_capability_is_not_found);
	tcase_add_test(tc, chain_that_loops_comes_to_an_end);
	tcase_add_test(tc, chain_that_leaves_the_answer_is_not_followed);
	tcase_add_test(tc, capability_that_is_cut_off_is_not_taken);
	tcase_add_test(tc, answer_is_asked_for_with_the_room_it_takes);
	tcase_add_test(tc, answer_that_always_grows_is_given_up);
	tcase_add_test(tc, only_the_areas_named_are_mapped);
	tcase_add_test(tc, areas_that_are_empty_or_wrap_around_hold_nothing);
	tcase_add_test(tc, more_areas_than_the_answer_holds_are_not_read);
	tcase_add_test(tc, region_without_areas_is_mapped_up_to_its_end);
	tcase_add_test(tc, region_that_cannot_be_mapped_is_not);
	tcase_add_test(tc, fewer_vectors_than_asked_for_are_none);
	return unit_run("vfio", tc);
}
