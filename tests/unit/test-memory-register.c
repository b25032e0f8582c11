/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What may be registered, and the file behind it: checked, found, duplicated,
 * and let go.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/memory.h>

#include "fake-device.h"

#define PAGE	4096u
#define LEN	(16 * PAGE)

static struct fake fake;
static char *mem;	/* LEN bytes of fd, mapped shared */
static int fd;

static void up(void)
{
	fd = memfd_create("test", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(fd, LEN), 0);
	mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(mem, MAP_FAILED);
	fake_up(&fake, 1);
}

static void down(void)
{
	fake_down(&fake);
	for (unsigned i = 0; i < 16; i++)
		(void)!virtio_mem_unregister(mem + i * PAGE, PAGE);
	munmap(mem, LEN);
	close(fd);
}

/* Pages [first, first + n) of mem. */
static int reg(unsigned first, unsigned n)
{
	return virtio_mem_register(mem + first * PAGE, n * PAGE, fd, first * PAGE, NULL);
}

static int unreg(unsigned first, unsigned n)
{
	return virtio_mem_unregister(mem + first * PAGE, n * PAGE);
}

START_TEST(overlap_is_refused)
{
	ck_assert_int_eq(reg(4, 4), 0);
	ck_assert_int_eq(reg(4, 4), -EEXIST);
	ck_assert_int_eq(reg(0, 5), -EEXIST);
	ck_assert_int_eq(reg(7, 2), -EEXIST);
	ck_assert_int_eq(reg(0, 16), -EEXIST);
	assert_error_says("registered already");
	ck_assert_int_eq(reg(8, 1), 0);
}
END_TEST

START_TEST(bad_ranges_are_refused)
{
	ck_assert_int_eq(virtio_mem_register(mem + 1, PAGE, fd, 0, NULL), -EINVAL);
	ck_assert_int_eq(virtio_mem_register(mem, PAGE + 1, fd, 0, NULL), -EINVAL);
	ck_assert_int_eq(virtio_mem_register(mem, 0, fd, 0, NULL), -EINVAL);
	ck_assert_int_eq(virtio_mem_register(NULL, PAGE, fd, 0, NULL), -EINVAL);
	ck_assert_int_eq(virtio_mem_register(mem, PAGE, fd, 1, NULL), -EINVAL);
	ck_assert_int_eq(virtio_mem_register(mem, PAGE, fd, LEN, NULL), -EINVAL);
	ck_assert_int_eq(virtio_mem_register(mem, PAGE, 1000, 0, NULL), -EBADF);
	ck_assert_int_eq(virtio_mem_register((void *)-(uintptr_t)PAGE, 2 * PAGE, fd, 0,
					     NULL), -EINVAL);
	ck_assert_int_eq(virtio_mem_unregister(mem, PAGE), -ENOENT);
	ck_assert_int_eq(virtio_mem_unregister(mem + 1, PAGE), -EINVAL);
}
END_TEST

START_TEST(mapping_that_is_not_the_descriptors_is_refused)	/* VU-MEM-6 */
{
	char *private = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	ck_assert_int_eq(virtio_mem_register(private, PAGE, fd, 0, NULL), -EINVAL);
	assert_error_says("private");
	ck_assert_int_eq(virtio_mem_register(mem, PAGE, fd, PAGE, NULL), -EINVAL);
	assert_error_says("maps offset");
	munmap(private, PAGE);
}
END_TEST

START_TEST(descriptor_is_duplicated)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	unsigned fds = count_fds();

	ck_assert_int_eq(virtio_mem_register(mem, LEN, copy, 0, NULL), 0);
	close(copy);
	ck_assert_uint_eq(count_fds(), fds);
	ck_assert_int_ge(fcntl(fake.regions[fake.nregions - 1].fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(unreg(0, 16), 0);
	ck_assert_uint_eq(count_fds(), fds - 1);
}
END_TEST

START_TEST(refusals_leak_no_descriptor)
{
	unsigned fds = count_fds();

	fake.refuse_mem = true;
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(reg(0, 16), -ENOSPC);
		ck_assert_int_eq(virtio_mem_register(mem, PAGE, fd, PAGE, NULL), -EINVAL);
	}
	ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

START_TEST(file_behind_a_mapping_is_found)
{
	static const struct virtio_mem_opts find = {
		.size = sizeof(find), .flags = VIRTIO_MEM_FIND_FD,
	};
	char name[] = "/dev/shm/virtio-poll-unit-XXXXXX", *p;
	int file = mkstemp(name);

	ck_assert_int_eq(ftruncate(file, LEN), 0);
	p = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	close(file);
	ck_assert_msg(!virtio_mem_register(p + PAGE, 2 * PAGE, -1, 0, &find), "%s",
		      virtio_last_error());
	ck_assert_uint_eq(fake.regions[fake.nregions - 1].fd_offset, PAGE);
	ck_assert_int_ge(fake.regions[fake.nregions - 1].fd, 0);
	ck_assert_int_eq(virtio_mem_unregister(p + PAGE, 2 * PAGE), 0);
	munmap(p, LEN);
	unlink(name);
}
END_TEST

START_TEST(no_file_is_found_behind_private_memory)
{
	static const struct virtio_mem_opts find = {
		.size = sizeof(find), .flags = VIRTIO_MEM_FIND_FD,
	};
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_int_eq(virtio_mem_register(p, PAGE, -1, 0, &find), -EINVAL);
	assert_error_says("shared mapping");
	munmap(p, PAGE);
}
END_TEST

START_TEST(arena_memory_cannot_be_unregistered)
{
	void *p;

	ck_assert_int_eq(virtio_mem_alloc(PAGE, NULL, &p), 0);
	ck_assert_int_eq(virtio_mem_unregister(p, PAGE), -EINVAL);
	assert_error_says("virtio_mem_free");
	ck_assert_int_eq(virtio_mem_free(p), 0);
}
END_TEST

START_TEST(memory_that_is_not_mapped_is_refused)
{
	for (int given = 0; given < 2; given++) {
		ck_assert_int_eq(munmap(mem + 4 * PAGE, PAGE), 0);
		ck_assert_int_eq(virtio_mem_register(mem, LEN, given ? fd : -1, 0, NULL), -EINVAL);
		assert_error_says("not all mapped");
		ck_assert_ptr_ne(mmap(mem + 4 * PAGE, PAGE, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_FIXED, fd, 4 * PAGE), MAP_FAILED);
	}
	ck_assert_int_eq(reg(0, 16), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("memory-register");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, overlap_is_refused);
	tcase_add_test(tc, bad_ranges_are_refused);
	tcase_add_test(tc, mapping_that_is_not_the_descriptors_is_refused);
	tcase_add_test(tc, descriptor_is_duplicated);
	tcase_add_test(tc, refusals_leak_no_descriptor);
	tcase_add_test(tc, file_behind_a_mapping_is_found);
	tcase_add_test(tc, no_file_is_found_behind_private_memory);
	tcase_add_test(tc, arena_memory_cannot_be_unregistered);
	tcase_add_test(tc, memory_that_is_not_mapped_is_refused);
	return unit_run("memory-register", tc);
}
