/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of the program's own and the devices that are told of it: started,
 * full, unwilling, or in the middle of a request that uses it.
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
#define LEN	(16 * PAGE)

static struct fake fake, other;
static char *mem;	/* LEN bytes of fd, mapped shared */
static int fd;

static void up(void)
{
	fd = memfd_create("test", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(fd, LEN), 0);
	mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(mem, MAP_FAILED);
	memset(&other, 0, sizeof(other));
	fake_up(&fake, 1);
}

static void down(void)
{
	fake_down(&fake);
	if (other.vdev.priv)
		fake_down(&other);
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

/* May page i be named in a request? */
static bool usable(struct fake *f, unsigned i)
{
	struct iovec v = { mem + i * PAGE, PAGE };
	struct virtqueue *vq = f->vdev.vqs[0];
	int error;

	ck_assert_int_eq(virtqueue_req_start(vq, NULL, 1), 0);
	error = virtqueue_req_add_iovs(vq, &v, 1, VIRTIO_DESC_WR);
	virtqueue_req_abort(vq);
	return !error;
}

START_TEST(started_device_learns_of_memory_at_once)
{
	ck_assert(!usable(&fake, 0));
	ck_assert_int_eq(reg(0, 16), 0);
	ck_assert(fake_knows(&fake, mem, LEN));
	ck_assert(usable(&fake, 0) && usable(&fake, 15));
	ck_assert_int_eq(unreg(0, 16), 0);
	ck_assert(!fake_knows(&fake, mem, LEN));
	ck_assert(!usable(&fake, 0));
}
END_TEST

START_TEST(device_that_starts_later_learns_of_all_there_is)
{
	ck_assert_int_eq(reg(0, 16), 0);
	fake_up(&other, 1);
	ck_assert(usable(&other, 3));
	ck_assert_int_eq(virtio_dev_stop(&other.vdev), 0);
	ck_assert_uint_eq(other.nregions, 0);
}
END_TEST

START_TEST(neighbours_in_one_file_are_told_as_one_region)
{
	unsigned before = fake.nregions;

	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	for (unsigned i = 0; i < 16; i += 2)
		ck_assert_int_eq(reg(i, 2), 0);
	fake_start(&fake, 1);
	ck_assert_uint_eq(fake.nregions, before + 1);
	ck_assert(fake_knows(&fake, mem, LEN));
}
END_TEST

START_TEST(neighbours_out_of_step_in_the_file_are_not_merged)
{
	unsigned before = fake.nregions;
	char *space = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	/* The second page of the file first. */
	for (unsigned i = 0; i < 2; i++) {
		char *at = mmap(space + i * PAGE, PAGE, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_FIXED, fd, (1 - i) * PAGE);

		ck_assert_int_eq(virtio_mem_register(at, PAGE, fd, (1 - i) * PAGE, NULL), 0);
	}
	fake_start(&fake, 1);
	ck_assert_uint_eq(fake.nregions, before + 2);
	ck_assert_int_eq(virtio_mem_unregister(space, 2 * PAGE), 0);
	munmap(space, 4 * PAGE);
}
END_TEST

START_TEST(part_of_a_merged_region_can_go_and_come_back)
{
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	ck_assert_int_eq(reg(0, 8), 0);
	ck_assert_int_eq(reg(8, 8), 0);
	fake_start(&fake, 1);
	ck_assert_int_eq(unreg(4, 8), 0);
	ck_assert(usable(&fake, 3) && !usable(&fake, 4) && !usable(&fake, 11) && usable(&fake, 12));
	ck_assert(fake_knows(&fake, mem, LEN));	/* stays mapped there until stop */
	ck_assert_int_eq(reg(4, 8), 0);
	ck_assert(usable(&fake, 4) && usable(&fake, 11));
	ck_assert_int_eq(unreg(0, 16), 0);
	ck_assert(!fake_knows(&fake, mem, PAGE));
}
END_TEST

START_TEST(other_memory_in_place_of_a_mapped_part_is_refused)
{
	int fd2 = memfd_create("test2", MFD_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd2, PAGE), 0);
	ck_assert_int_eq(reg(0, 16), 0);
	ck_assert_int_eq(unreg(4, 1), 0);
	mmap(mem + 4 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd2, 0);
	ck_assert_int_eq(virtio_mem_register(mem + 4 * PAGE, PAGE, fd2, 0, NULL), -EBUSY);
	assert_error_says("stop it first");
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), 0);
	ck_assert_int_eq(virtio_mem_register(mem + 4 * PAGE, PAGE, fd2, 0, NULL), 0);
	close(fd2);
}
END_TEST

START_TEST(one_unwilling_device_undoes_it_for_all)
{
	unsigned had;

	fake_up(&other, 1);
	had = fake.nregions;
	other.refuse_mem = true;
	ck_assert_int_eq(reg(0, 16), -ENOSPC);
	assert_error_says("fake: all 1 slots are taken");
	ck_assert_uint_eq(fake.nregions, had);
	ck_assert(!usable(&fake, 0) && !usable(&other, 0));
	other.refuse_mem = false;
	fake.refuse_mem = true;
	ck_assert_int_eq(reg(0, 16), -ENOSPC);
	ck_assert_uint_eq(other.nregions, 1);
	fake.refuse_mem = false;
	ck_assert_int_eq(reg(0, 16), 0);
	ck_assert(usable(&fake, 0) && usable(&other, 0));
}
END_TEST

START_TEST(limits_count_what_is_in_use)
{
	struct virtio_mem_limits limits;

	ck_assert_int_eq(virtio_dev_get_mem_limits(&fake.vdev, &limits), 0);
	ck_assert_uint_eq(limits.max_regions, FAKE_REGIONS);
	ck_assert_uint_eq(limits.used_regions, 1);	/* the rings */
	ck_assert_int_eq(reg(0, 1), 0);
	ck_assert_int_eq(virtio_dev_get_mem_limits(&fake.vdev, &limits), 0);
	ck_assert_uint_eq(limits.used_regions, 2);
}
END_TEST

START_TEST(memory_for_one_device_only)
{
	struct virtio_mem_opts opts = { .size = sizeof(opts), .only = &fake.vdev };

	fake_up(&other, 1);
	ck_assert_int_eq(virtio_mem_register(mem, LEN, fd, 0, &opts), 0);
	ck_assert(usable(&fake, 0) && !usable(&other, 0));
	opts.only = &other.vdev;
	ck_assert_int_eq(virtio_mem_register(mem, LEN, fd, 0, &opts), 0);
	ck_assert(usable(&other, 0));
	fake_start(&fake, 1);
	ck_assert(usable(&fake, 0));
	fake_down(&other);
	fake_up(&other, 1);
	ck_assert(!usable(&other, 0));
}
END_TEST

START_TEST(memory_in_flight_stays)
{
	void *cookie;

	ck_assert_int_eq(reg(0, 16), 0);
	fake_post(&fake, 0, &fake, mem + 5 * PAGE, 2 * PAGE);
	ck_assert_int_eq(unreg(0, 16), -EBUSY);
	ck_assert_int_eq(unreg(6, 1), -EBUSY);
	assert_error_says("in flight");
	ck_assert(usable(&fake, 6));
	ck_assert_int_eq(unreg(7, 1), 0);
	ck_assert_int_eq(unreg(4, 1), 0);
	fake_serve(&fake, 0);
	ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 1);
	ck_assert_int_eq(unreg(5, 2), 0);
}
END_TEST

START_TEST(refused_unregister_changes_nothing)
{
	struct iovec v = { mem, LEN };
	struct virtqueue *vq = fake.vdev.vqs[0];

	ck_assert_int_eq(reg(0, 16), 0);
	fake_post(&fake, 0, &fake, mem + 5 * PAGE, 64);
	ck_assert_int_eq(virtqueue_req_start(vq, &v, 1), 0);
	ck_assert_int_eq(virtqueue_req_add_iovs(vq, &v, 1, VIRTIO_DESC_WR), 0);
	ck_assert_int_eq(unreg(5, 1), -EBUSY);
	ck_assert_int_eq(unreg(4, 3), -EBUSY);
	virtqueue_req_flush(vq);
	ck_assert_uint_eq(virtqueue_recv_failed(vq, (void *[1]){ NULL }, 1), 0);
	ck_assert_uint_eq(model_take(&fake.models[0]), 1);
	ck_assert_uint_eq(fake.models[0].requests[fake.models[0].heads[1]].segments, 1);
}
END_TEST

START_TEST(loss_of_the_peer_lets_memory_go)
{
	ck_assert_int_eq(reg(0, 16), 0);
	fake_post(&fake, 0, &fake, mem, 64);
	virtio_dev_report(&fake.vdev, VIRTIO_EVENT_PEER_LOST, "gone");
	ck_assert_int_eq(unreg(0, 16), 0);
}
END_TEST

/* One thread uses page 0, which stays; another lets page 8 come and go. */
static atomic_bool stop;

static void *come_and_go(void *unused)
{
	(void)unused;
	while (!stop) {
		must(!reg(8, 1));
		must(!unreg(8, 1));
	}
	return NULL;
}

START_TEST(memory_comes_and_goes_while_requests_run)
{
	struct virtqueue *vq = fake.vdev.vqs[0];
	struct iovec v = { mem, 64 };
	pthread_t thread;
	void *cookie;

	ck_assert_int_eq(reg(0, 1), 0);
	fake.models[0].known = NULL;	/* the table of regions is the other thread's */
	stop = false;
	pthread_create(&thread, NULL, come_and_go, NULL);
	for (int i = 0; i < 20000; i++) {
		must(!virtqueue_req_start(vq, &v, 2));
		must(!virtqueue_req_add_iovs(vq, &v, 1, VIRTIO_DESC_RO));
		must(!virtqueue_req_submit(vq, &v, &v, 0, 1));
		virtqueue_req_flush(vq);
		must(model_serve(&fake.models[0]) == 2);
		must(virtio_recv_pkts(vq, &cookie, NULL, 1) == 1);
		must(virtio_recv_pkts(vq, &cookie, NULL, 1) == 1);
	}
	stop = true;
	pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("memory");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, started_device_learns_of_memory_at_once);
	tcase_add_test(tc, device_that_starts_later_learns_of_all_there_is);
	tcase_add_test(tc, neighbours_in_one_file_are_told_as_one_region);
	tcase_add_test(tc, neighbours_out_of_step_in_the_file_are_not_merged);
	tcase_add_test(tc, part_of_a_merged_region_can_go_and_come_back);
	tcase_add_test(tc, other_memory_in_place_of_a_mapped_part_is_refused);
	tcase_add_test(tc, one_unwilling_device_undoes_it_for_all);
	tcase_add_test(tc, limits_count_what_is_in_use);
	tcase_add_test(tc, memory_for_one_device_only);
	tcase_add_test(tc, memory_in_flight_stays);
	tcase_add_test(tc, refused_unregister_changes_nothing);
	tcase_add_test(tc, loss_of_the_peer_lets_memory_go);
	tcase_add_test(tc, memory_comes_and_goes_while_requests_run);
	return unit_run("memory", tc);
}
