/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory from the library: what virtio_mem_alloc and pools give, what they
 * take back, and what stays when a device never confirmed its stop.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include <virtio-poll/memory.h>

#include "fake-device.h"

static struct fake fake;

static void *alloc(size_t len)
{
	void *p;

	ck_assert_msg(!virtio_mem_alloc(len, NULL, &p), "%s", virtio_last_error());
	return p;
}

/* Mappings of this process whose name holds the text. */
static unsigned count_mappings(const char *text)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned n = 0;

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps))
		n += strstr(line, text) != NULL;
	fclose(maps);
	return n;
}

START_TEST(memory_is_zeroed_even_if_used_before)
{
	static const char zero[5000];

	for (int i = 0; i < 20; i++) {
		char *p = alloc(sizeof(zero));

		ck_assert_mem_eq(p, zero, sizeof(zero));
		memset(p, 0xa5, sizeof(zero));
		ck_assert_int_eq(virtio_mem_free(p), 0);
	}
}
END_TEST

START_TEST(alignment_is_64_and_pages_for_pages)
{
	static const size_t lens[] = { 1, 63, 64, 65, 1000, 4095, 4096, 4097, 100000, 5 << 20 };
	void *p[10];

	for (int i = 0; i < 10; i++) {
		p[i] = alloc(lens[i]);
		ck_assert_uint_eq((uintptr_t)p[i] % (lens[i] < 4096 ? 64 : 4096), 0);
		memset(p[i], 1, lens[i]);
	}
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(virtio_mem_free(p[i]), 0);
}
END_TEST

START_TEST(alignment_that_was_asked_for_is_given)
{
	for (unsigned align = 1; align <= 8u << 20; align *= 2) {
		struct virtio_mem_opts opts = { .size = sizeof(opts), .align = align };
		void *p;

		ck_assert_int_eq(virtio_mem_alloc(100, &opts, &p), 0);
		ck_assert_uint_eq((uintptr_t)p % align, 0);
		ck_assert_int_eq(virtio_mem_free(p), 0);
	}
}
END_TEST

START_TEST(bad_wishes_are_refused)
{
	static const struct {
		size_t len;
		struct virtio_mem_opts opts;
	} bad[] = {
		{ 0, { .size = sizeof(struct virtio_mem_opts) } },
		{ SIZE_MAX, { .size = sizeof(struct virtio_mem_opts) } },
		{ 64, { .size = 8 } },
		{ 64, { .size = sizeof(struct virtio_mem_opts), .align = 3 } },
		{ 64, { .size = sizeof(struct virtio_mem_opts), .align = 1u << 31 } },
		{ 64, { .size = sizeof(struct virtio_mem_opts), .flags = 0x80 } },
		{ 64, { .size = sizeof(struct virtio_mem_opts), .flags = VIRTIO_MEM_FIND_FD } },
	};
	void *p = &fake;

	ck_assert_int_eq(virtio_mem_alloc(bad[_i].len, &bad[_i].opts, &p), -EINVAL);
	assert_error_says("virtio_mem_alloc: ");
	ck_assert_ptr_eq(p, &fake);
}
END_TEST

START_TEST(more_than_the_machine_has_is_refused_with_figures)
{
	void *p;

	ck_assert_int_eq(virtio_mem_alloc((size_t)1 << 50, NULL, &p), -ENOMEM);
	assert_error_says("1125899906842624 bytes");
}
END_TEST

START_TEST(only_what_was_given_can_be_freed)
{
	char *p = alloc(4096);

	ck_assert_int_eq(virtio_mem_free(NULL), 0);
	ck_assert_int_eq(virtio_mem_free(&fake), -EINVAL);
	ck_assert_int_eq(virtio_mem_free(p + 64), -EINVAL);
	ck_assert_int_eq(virtio_mem_free(p), 0);
	ck_assert_int_eq(virtio_mem_free(p), -EINVAL);
	assert_error_says("was not given");
}
END_TEST

/* Takes and gives pieces of any size; none may overlap another. */
START_TEST(pieces_never_overlap)
{
	enum { N = 200 };
	unsigned char *p[N] = { NULL };
	size_t len[N];
	unsigned seed = 1;

	for (unsigned round = 0; round < 20000; round++) {
		unsigned i = rand_r(&seed) % N;

		if (!p[i]) {
			len[i] = 1 + rand_r(&seed) % (round % 50 ? 3000 : 300000);
			p[i] = alloc(len[i]);
			memset(p[i], i, len[i]);
			continue;
		}
		must(p[i][0] == i && p[i][len[i] / 2] == i && p[i][len[i] - 1] == i);
		must(!virtio_mem_free(p[i]));
		p[i] = NULL;
	}
	for (unsigned i = 0; i < N; i++)
		must(!virtio_mem_free(p[i]));
}
END_TEST

START_TEST(many_pieces_are_few_regions)
{
	static void *p[3000];

	fake_up(&fake, 1);
	for (int i = 0; i < 3000; i++)
		p[i] = alloc(16384);	/* 48 MB: arenas of 2, 4, 8, 16, 32 MiB */
	ck_assert_uint_le(fake.nregions, 1 + 6);
	for (int i = 0; i < 3000; i++)
		ck_assert(fake_knows(&fake, p[i], 16384));
	for (int i = 0; i < 3000; i++)
		ck_assert_int_eq(virtio_mem_free(p[i]), 0);
	fake_down(&fake);
}
END_TEST

START_TEST(memory_for_one_device_is_shown_to_no_other)
{
	struct fake other;
	struct virtio_mem_opts opts = { .size = sizeof(opts), .only = &fake.vdev };
	void *p;

	fake_up(&fake, 1);
	fake_up(&other, 1);
	ck_assert_int_eq(virtio_mem_alloc(4096, &opts, &p), 0);
	ck_assert(fake_knows(&fake, p, 4096));
	ck_assert(!fake_knows(&other, p, 4096));
	ck_assert_int_eq(virtio_mem_free(p), 0);
	fake_down(&other);
	fake_down(&fake);
}
END_TEST

START_TEST(rings_are_shown_to_no_other_device)
{
	struct fake other;
	struct virtqueue *vq;

	fake_up(&fake, 1);
	fake_up(&other, 1);
	vq = fake.vqs[0];
	ck_assert(fake_knows(&fake, vq->vq_ring_virt_mem, vq->vq_ring_size));
	ck_assert(!fake_knows(&other, vq->vq_ring_virt_mem, vq->vq_ring_size));
	fake_start(&other, 1);
	ck_assert(!fake_knows(&other, vq->vq_ring_virt_mem, vq->vq_ring_size));
	fake_down(&other);
	fake_down(&fake);
}
END_TEST

START_TEST(memory_outlives_the_device_it_was_for)
{
	struct virtio_mem_opts opts = { .size = sizeof(opts), .only = &fake.vdev };
	void *p;

	fake_up(&fake, 1);
	ck_assert_int_eq(virtio_mem_alloc(4096, &opts, &p), 0);
	fake_down(&fake);
	memset(p, 1, 4096);
	fake_up(&fake, 1);
	ck_assert(!fake_knows(&fake, p, 4096));
	fake_down(&fake);
	ck_assert_int_eq(virtio_mem_free(p), 0);
}
END_TEST

START_TEST(memory_in_flight_cannot_be_freed)
{
	char *p = alloc(8192);
	void *cookie;

	fake_up(&fake, 1);
	fake_post(&fake, 0, p, p + 4096, 64);
	ck_assert_int_eq(virtio_mem_free(p), -EBUSY);
	assert_error_says("in flight");
	fake_serve(&fake, 0);
	ck_assert_int_eq(virtio_mem_free(p), -EBUSY);
	ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 1);
	ck_assert_int_eq(virtio_mem_free(p), 0);
	fake_down(&fake);
}
END_TEST

START_TEST(memory_of_an_unconfirmed_stop_is_never_reused)	/* HARD-STAT-2, RESET-2 */
{
	char *p, *more[64];
	unsigned rings = count_mappings("virtio-poll-rings");

	fake_up(&fake, 1);
	p = alloc(4096);
	fake_post(&fake, 0, p, p, 4096);
	fake.unstoppable = true;
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), -ETIMEDOUT);
	ck_assert_int_eq(virtio_mem_free(p), 0);
	for (int i = 0; i < 64; i++) {
		more[i] = alloc(4096);
		ck_assert_ptr_ne(more[i], p);
	}
	p[0] = 1;	/* still mapped */
	fake_down(&fake);
	p[0] = 2;
	ck_assert_uint_eq(count_mappings("virtio-poll-rings"), rings + 1);
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(virtio_mem_free(more[i]), 0);
}
END_TEST

START_TEST(rings_go_when_the_stop_is_confirmed)
{
	unsigned rings = count_mappings("virtio-poll-rings");

	for (int i = 0; i < 10; i++) {
		fake_up(&fake, 2);
		ck_assert_uint_eq(count_mappings("virtio-poll-rings"), rings + 1);
		fake_down(&fake);
	}
	ck_assert_uint_eq(count_mappings("virtio-poll-rings"), rings);
}
END_TEST

START_TEST(pool_hands_out_each_object_once)
{
	struct virtio_mem_pool *pool = virtio_mem_pool_new(100, 50);
	char *p[50];

	ck_assert_ptr_nonnull(pool);
	for (int i = 0; i < 50; i++) {
		p[i] = virtio_mem_pool_get(pool);
		ck_assert_uint_eq((uintptr_t)p[i] % 64, 0);
		ck_assert_int_eq(p[i][0] | p[i][99], 0);
		memset(p[i], 1 + i, 100);
	}
	ck_assert_ptr_null(virtio_mem_pool_get(pool));
	for (int i = 0; i < 50; i++)
		ck_assert(p[i][0] == 1 + i && p[i][99] == 1 + i);
	virtio_mem_pool_put(pool, p[7]);
	ck_assert_ptr_eq(virtio_mem_pool_get(pool), p[7]);
	ck_assert_int_eq(virtio_mem_pool_free(pool), 0);
}
END_TEST

START_TEST(what_is_not_the_pools_is_not_taken)
{
	struct virtio_mem_pool *pool = virtio_mem_pool_new(64, 2);
	char *p = virtio_mem_pool_get(pool);

	virtio_mem_pool_put(pool, NULL);
	virtio_mem_pool_put(pool, p + 1);
	virtio_mem_pool_put(pool, p - 6400);
	virtio_mem_pool_put(pool, &fake);
	virtio_mem_pool_put(pool, p);
	virtio_mem_pool_put(pool, p);
	ck_assert_ptr_nonnull(virtio_mem_pool_get(pool));
	ck_assert_ptr_nonnull(virtio_mem_pool_get(pool));
	ck_assert_ptr_null(virtio_mem_pool_get(pool));
	ck_assert_int_eq(virtio_mem_pool_free(pool), 0);
	ck_assert_int_eq(virtio_mem_pool_free(NULL), 0);
}
END_TEST

START_TEST(bad_pools_are_refused)
{
	ck_assert_ptr_null(virtio_mem_pool_new(0, 1));
	assert_error_says("virtio_mem_pool_new: ");
	ck_assert_ptr_null(virtio_mem_pool_new(1, 0));
	ck_assert_ptr_null(virtio_mem_pool_new(SIZE_MAX, 1));
	ck_assert_ptr_null(virtio_mem_pool_new(SIZE_MAX / 8, 16));
}
END_TEST

START_TEST(pool_with_an_object_in_flight_cannot_be_freed)
{
	struct virtio_mem_pool *pool = virtio_mem_pool_new(64, 4);
	void *p = virtio_mem_pool_get(pool), *cookie;

	fake_up(&fake, 1);
	fake_post(&fake, 0, p, p, 64);
	ck_assert_int_eq(virtio_mem_pool_free(pool), -EBUSY);
	virtio_mem_pool_put(pool, p);
	fake_serve(&fake, 0);
	ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 1);
	ck_assert_int_eq(virtio_mem_pool_free(pool), 0);
	fake_down(&fake);
}
END_TEST

static void *get_and_put(void *pool)
{
	for (int i = 0; i < 20000; i++) {
		unsigned *p = virtio_mem_pool_get(pool);

		if (!p)
			continue;
		if (++*p != 1)
			return p;
		--*p;
		virtio_mem_pool_put(pool, p);
	}
	return NULL;
}

START_TEST(pool_serves_several_threads)
{
	struct virtio_mem_pool *pool = virtio_mem_pool_new(64, 3);
	pthread_t threads[4];
	void *shared;

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, get_and_put, pool);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &shared);
		ck_assert_ptr_null(shared);
	}
	ck_assert_int_eq(virtio_mem_pool_free(pool), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("memory-alloc");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, memory_is_zeroed_even_if_used_before);
	tcase_add_test(tc, alignment_is_64_and_pages_for_pages);
	tcase_add_test(tc, alignment_that_was_asked_for_is_given);
	tcase_add_loop_test(tc, bad_wishes_are_refused, 0, 7);
	tcase_add_test(tc, more_than_the_machine_has_is_refused_with_figures);
	tcase_add_test(tc, only_what_was_given_can_be_freed);
	tcase_add_test(tc, pieces_never_overlap);
	tcase_add_test(tc, many_pieces_are_few_regions);
	tcase_add_test(tc, memory_for_one_device_is_shown_to_no_other);
	tcase_add_test(tc, rings_are_shown_to_no_other_device);
	tcase_add_test(tc, memory_outlives_the_device_it_was_for);
	tcase_add_test(tc, memory_in_flight_cannot_be_freed);
	tcase_add_test(tc, memory_of_an_unconfirmed_stop_is_never_reused);
	tcase_add_test(tc, rings_go_when_the_stop_is_confirmed);
	tcase_add_test(tc, pool_hands_out_each_object_once);
	tcase_add_test(tc, what_is_not_the_pools_is_not_taken);
	tcase_add_test(tc, bad_pools_are_refused);
	tcase_add_test(tc, pool_with_an_object_in_flight_cannot_be_freed);
	tcase_add_test(tc, pool_serves_several_threads);
	return unit_run("memory-alloc", tc);
}
