/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory as a device on a bus has it: out of its reach, at other addresses
 * page by page, or without a file that says what memory it is.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/memory.h>

#include "fake-device.h"

#define PAGE	4096u
#define PAGES	16u
#define LEN	(PAGES * PAGE)
#define HUGE_PAGE	(2u << 20)

static struct fake fake;
static char *mem;	/* LEN bytes without a file */

static void up(void)
{
	mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(mem, MAP_FAILED);
	fake_up(&fake, 1);
}

static void down(void)
{
	fake_down(&fake);
	for (unsigned i = 0; i < PAGES; i++)
		(void)!virtio_mem_unregister(mem + i * PAGE, PAGE);
	munmap(mem, LEN);
}

/* Pages [first, first + n) of mem. */
static int reg(unsigned first, unsigned n)
{
	return virtio_mem_register(mem + first * PAGE, n * PAGE, -1, 0, NULL);
}

static int unreg(unsigned first, unsigned n)
{
	return virtio_mem_unregister(mem + first * PAGE, n * PAGE);
}

/* The result of naming len bytes at addr in a request. */
static int name(void *addr, size_t len)
{
	struct iovec v = { addr, len };
	struct virtqueue *vq = fake.vdev.vqs[0];
	int error;

	ck_assert_int_eq(virtqueue_req_start(vq, NULL, 1), 0);
	error = virtqueue_req_add_iovs(vq, &v, 1, VIRTIO_DESC_WR);
	virtqueue_req_abort(vq);
	return error;
}

START_TEST(memory_out_of_reach_is_registered_and_left_out)
{
	unsigned told = fake.nregions;

	fake.page_size = HUGE_PAGE;
	ck_assert_int_eq(reg(0, 16), 0);
	ck_assert_uint_eq(fake.nregions, told);
	ck_assert_int_eq(name(mem, 64), -EFAULT);
	assert_error_says("virtio_mem_limits.page_size");
	ck_assert_int_eq(unreg(4, 4), 0);
	ck_assert_int_eq(unreg(0, 4), 0);
	ck_assert_uint_eq(fake.removed, 0);
}
END_TEST

START_TEST(memory_out_of_reach_is_left_out_at_start_too)
{
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	ck_assert_int_eq(reg(0, 16), 0);
	fake.out_of_reach = mem;
	fake.max_regions = 1;	/* the rings; what is out of reach needs no slot */
	fake_start(&fake, 1);
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
}
END_TEST

START_TEST(memory_for_one_device_must_be_within_its_reach)
{
	struct virtio_mem_opts opts = { .size = sizeof(opts), .only = &fake.vdev };
	void *p;

	fake.page_size = HUGE_PAGE;
	ck_assert_int_eq(virtio_mem_register(mem, LEN, -1, 0, &opts), -EINVAL);
	assert_error_says("pages of 2097152 or more");
	assert_error_says("VIRTIO_MEM_HUGETLB");
	ck_assert_int_eq(virtio_mem_alloc(PAGE, &opts, &p), -EINVAL);
	assert_error_says("VIRTIO_MEM_HUGETLB");
	ck_assert_int_eq(unreg(0, 16), -ENOENT);
}
END_TEST

START_TEST(neighbours_without_a_file_are_not_merged)
{
	unsigned told = fake.nregions;

	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(reg(i, 1), 0);
	fake_start(&fake, 1);
	ck_assert_uint_eq(fake.nregions, told + 4);
}
END_TEST

START_TEST(part_without_a_file_comes_back_only_after_the_whole)
{
	ck_assert_int_eq(reg(0, 8), 0);
	ck_assert_int_eq(unreg(2, 2), 0);
	ck_assert(fake_knows(&fake, mem, 8 * PAGE));
	ck_assert_int_eq(reg(2, 2), -EBUSY);
	assert_error_says("unregister all of that range");
	ck_assert_int_eq(name(mem + 2 * PAGE, 64), -EFAULT);
	ck_assert_int_eq(unreg(0, 2), 0);
	ck_assert_int_eq(unreg(4, 4), 0);
	ck_assert(!fake_knows(&fake, mem, PAGE));
	ck_assert_int_eq(reg(2, 2), 0);
	ck_assert_int_eq(name(mem + 2 * PAGE, 64), 0);
}
END_TEST

START_TEST(whole_registrations_come_and_go)
{
	for (unsigned i = 0; i < 20; i++) {
		unsigned added = fake.added, removed = fake.removed;

		ck_assert_int_eq(reg(3, 5), 0);
		ck_assert_int_eq(name(mem + 3 * PAGE, 5 * PAGE), 0);
		ck_assert_int_eq(unreg(3, 5), 0);
		ck_assert_uint_eq(fake.added, added + 1);
		ck_assert_uint_eq(fake.removed, removed + 1);
	}
}
END_TEST

/* Where the pages of the next region are; the backend frees it at mem_remove. */
static uint64_t *place_pages(uint64_t first)
{
	uint64_t *pages = calloc(PAGES, sizeof(*pages));

	for (unsigned i = 0; i < PAGES; i++)
		pages[i] = first + (i * 7 % PAGES) * 2 * PAGE;
	fake.bus_pages = pages;
	fake.bus_page_size = PAGE;
	return pages;
}

/* The bus address of the first segment that the device was given last. */
static uint64_t first_address(void)
{
	const struct vring_desc *d = fake.vdev.vqs[0]->vq_desc;

	return le64toh(d[fake.models[0].heads[fake.models[0].nheads - 1]].addr);
}

START_TEST(pages_are_copied_when_memory_is_added)
{
	uint64_t *pages = place_pages(1ull << 32);

	ck_assert_int_eq(reg(0, 16), 0);
	memset(pages, 0xee, PAGES * sizeof(*pages));
	free(pages);
	fake.bus_pages = NULL;
	fake.models[0].known = NULL;	/* no address is what delta says */
	for (unsigned i = 0; i < PAGES; i++) {
		void *cookie;

		fake_post(&fake, 0, &fake, mem + i * PAGE + 8, 64);
		ck_assert_uint_eq(first_address(), (1ull << 32) + (i * 7 % PAGES) * 2 * PAGE + 8);
		ck_assert_int_eq(unreg(i, 1), -EBUSY);
		fake_serve(&fake, 0);
		ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 1);
	}
	ck_assert_int_eq(unreg(0, 16), 0);
}
END_TEST

START_TEST(piece_size_that_is_no_power_of_2_is_refused)
{
	uint64_t *pages = place_pages(1ull << 32);

	fake.bus_page_size = 3 * PAGE;
	ck_assert_int_eq(reg(0, 16), -EINVAL);
	assert_error_says("12288");
	ck_assert(!fake_knows(&fake, mem, PAGE));
	fake.bus_pages = NULL;
	free(pages);
}
END_TEST

/* A start of n queues of that size on a device that needs huge pages. */
static int start_huge(uint16_t n, uint16_t size, uint64_t page_size)
{
	fake_down(&fake);
	fake_init(&fake);
	fake.page_size = page_size;
	fake.max_queues = n;
	for (unsigned i = 0; i < n; i++)
		fake.sizes[i] = size;
	fake_open(&fake);
	ck_assert_int_eq(virtio_dev_reset(&fake.vdev, 0), 0);
	return virtio_dev_start(&fake.vdev, n, 0);
}

START_TEST(queue_that_fits_no_page_is_refused_with_figures)
{
	ck_assert_int_eq(start_huge(1, 1024, 2 * PAGE), -ENOMEM);
	assert_error_says("queue 0 of 1024 descriptors takes 28672 bytes");
	assert_error_says("have 8192");
}
END_TEST

/* Huge pages in disorder on the bus: a ring over an edge would be torn. */
START_TEST(each_ring_lies_in_one_huge_page_or_there_are_none)
{
	static const uint64_t pages[] = { 40ull << 21, 8ull << 21, 32ull << 21, 16ull << 21 };
	int error;

	error = start_huge(3, 4096, HUGE_PAGE);
	if (error) {
		ck_assert_int_eq(error, -ENOMEM);
		assert_error_says("nr_hugepages");
		return;
	}
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	fake.bus_pages = pages;
	fake.bus_page_size = HUGE_PAGE;
	fake_start(&fake, 3);
	for (unsigned i = 0; i < 3; i++) {
		struct virtqueue *vq = fake.vdev.vqs[i];
		uint64_t at = (uintptr_t)vq->vq_ring_virt_mem - (uintptr_t)fake.regions[0].addr;

		ck_assert_uint_eq(fake.regions[0].page_size, HUGE_PAGE);
		ck_assert_uint_eq(vq->vq_ring_mem, pages[at / HUGE_PAGE] + at % HUGE_PAGE);
		ck_assert_uint_le(at % HUGE_PAGE + vq->vq_ring_size, HUGE_PAGE);
	}
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	fake.bus_pages = NULL;
}
END_TEST

START_TEST(allocated_memory_is_in_huge_pages_while_a_device_needs_them)
{
	void *p;
	int error;

	fake_down(&fake);
	fake_init(&fake);
	fake.page_size = HUGE_PAGE;
	fake_open(&fake);
	error = virtio_mem_alloc(PAGE, NULL, &p);
	if (error) {
		ck_assert_int_eq(error, -ENOMEM);
		assert_error_says("nr_hugepages");
	} else {
		/* Its arena: at a huge page, and 2 MiB at least. */
		ck_assert_uint_eq((uintptr_t)p % HUGE_PAGE, 0);
		virtio_mem_free(p);
	}
	fake_down(&fake);
	ck_assert_int_eq(virtio_mem_alloc(PAGE, NULL, &p), 0);
	virtio_mem_free(p);
}
END_TEST

/* Paged regions come and go under a queue that uses one which stays. */
static atomic_bool stop;

static void *come_and_go(void *unused)
{
	(void)unused;
	for (uint64_t i = 1; !stop; i++) {
		uint64_t *pages = place_pages(i << 32);

		must(!reg(8, 8));
		must(!unreg(8, 8));
		free(pages);
	}
	return NULL;
}

START_TEST(paged_memory_comes_and_goes_while_requests_run)
{
	uint64_t *pages = place_pages(1ull << 40);
	struct virtqueue *vq = fake.vdev.vqs[0];
	pthread_t thread;

	ck_assert_int_eq(reg(0, 8), 0);
	free(pages);
	fake.models[0].known = NULL;
	stop = false;
	pthread_create(&thread, NULL, come_and_go, NULL);
	for (unsigned i = 0; i < 20000; i++) {
		struct iovec v = { mem + i % 8 * PAGE, 64 };
		void *cookie;

		must(!virtqueue_req_submit(vq, &v, &v, 0, 1));
		virtqueue_req_flush(vq);
		must(model_take(&fake.models[0]) == 1);
		must(first_address() == (1ull << 40) + (i % 8 * 7 % PAGES) * 2 * PAGE);
		must(model_serve(&fake.models[0]) == 1);
		must(virtio_recv_pkts(vq, &cookie, NULL, 1) == 1);
	}
	stop = true;
	pthread_join(thread, NULL);
	fake.bus_pages = NULL;
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("memory-reach");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, memory_out_of_reach_is_registered_and_left_out);
	tcase_add_test(tc, memory_out_of_reach_is_left_out_at_start_too);
	tcase_add_test(tc, memory_for_one_device_must_be_within_its_reach);
	tcase_add_test(tc, neighbours_without_a_file_are_not_merged);
	tcase_add_test(tc, part_without_a_file_comes_back_only_after_the_whole);
	tcase_add_test(tc, whole_registrations_come_and_go);
	tcase_add_test(tc, pages_are_copied_when_memory_is_added);
	tcase_add_test(tc, piece_size_that_is_no_power_of_2_is_refused);
	tcase_add_test(tc, queue_that_fits_no_page_is_refused_with_figures);
	tcase_add_test(tc, each_ring_lies_in_one_huge_page_or_there_are_none);
	tcase_add_test(tc, allocated_memory_is_in_huge_pages_while_a_device_needs_them);
	tcase_add_test(tc, paged_memory_comes_and_goes_while_requests_run);
	return unit_run("memory-reach", tc);
}
