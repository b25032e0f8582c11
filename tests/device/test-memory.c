/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that comes and goes while requests run: each may name what the
 * library knows at that moment, and nothing else.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define PIECE 65536u

static char *map_piece(size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

/* A read into data, which lies outside of the rig's own memory. */
static int submit_into(struct rig *rig, struct blk_request *req, char *data, size_t len)
{
	struct iovec iov[3] = { { req->header, 16 }, { data, len }, { req->status, 1 } };

	req->done = false;
	return virtqueue_req_submit(rig->vq, req, iov, 1, 2);
}

START_TEST(memory_registered_while_started_can_be_used)
{
	struct rig rig;
	struct blk_request *req;
	char *p = map_piece(PIECE);

	rig_up(&rig, "blk");
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 0);
	ck_assert_int_eq(submit_into(&rig, req, p, 512), -EFAULT);
	ck_assert_int_eq(virtio_mem_register(p, PIECE, -1, 0, NULL), 0);
	memset(p, 1, PIECE);
	ck_assert_int_eq(submit_into(&rig, req, p, PIECE), 0);
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 1);
	ck_assert_uint_eq(*req->status, VIRTIO_BLK_S_OK);
	ck_assert_int_eq(p[PIECE - 1], 0);
	ck_assert_int_eq(virtio_mem_unregister(p, PIECE), 0);
	ck_assert_int_eq(submit_into(&rig, req, p, 512), -EFAULT);
	rig_down(&rig);
	munmap(p, PIECE);
}
END_TEST

START_TEST(memory_in_flight_cannot_be_unregistered)
{
	struct rig rig;
	struct blk_request *req;
	char *p = map_piece(PIECE);
	void *cookie;

	ck_assert_int_eq(virtio_mem_register(p, PIECE, -1, 0, NULL), 0);
	for (unsigned i = 0; i < 2; i++) {
		rig_up(&rig, "blk,fault=silent,no-features=%s", i ? "RING_F_INDIRECT_DESC" : "0x0");
		req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 0);
		ck_assert_int_eq(submit_into(&rig, req, p + 4096, 512), 0);
		virtqueue_req_flush(rig.vq);
		ck_assert_int_eq(virtio_mem_unregister(p, PIECE), -EBUSY);
		ck_assert_int_eq(virtio_mem_free(rig.mem), -EBUSY);
		ck_assert_int_eq(virtio_dev_stop(&rig.vdev), 0);
		ck_assert_uint_eq(virtqueue_recv_failed(rig.vq, &cookie, 1), 1);
		rig_down(&rig);
	}
	ck_assert_int_eq(virtio_mem_unregister(p, PIECE), 0);
	munmap(p, PIECE);
}
END_TEST

START_TEST(a_part_can_be_unregistered)
{
	struct rig rig;
	struct blk_request *req;
	char *p = map_piece(PIECE);

	ck_assert_int_eq(virtio_mem_register(p, PIECE, -1, 0, NULL), 0);
	rig_up(&rig, "blk");
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 0);
	ck_assert_int_eq(virtio_mem_unregister(p + 16384, 16384), 0);
	ck_assert_int_eq(submit_into(&rig, req, p + 16384, 512), -EFAULT);
	ck_assert_int_eq(submit_into(&rig, req, p + 16384 - 512, 1024), -EFAULT);
	ck_assert_int_eq(submit_into(&rig, req, p, 16384), 0);
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 1);
	ck_assert_int_eq(submit_into(&rig, req, p + 32768, 32768), 0);
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 1);
	ck_assert_uint_eq(*req->status, VIRTIO_BLK_S_OK);
	ck_assert_int_eq(virtio_mem_unregister(p, 16384), 0);
	ck_assert_int_eq(virtio_mem_unregister(p + 32768, 32768), 0);
	rig_down(&rig);
	munmap(p, PIECE);
}
END_TEST

/* Two registrations that touch: one segment over the edge arrives whole. */
START_TEST(a_segment_may_cross_from_one_registration_to_the_next)
{
	struct rig rig;
	struct blk_request *req;
	char *p = map_piece(PIECE);

	rig_up(&rig, "blk");
	ck_assert_int_eq(virtio_mem_register(p, PIECE / 2, -1, 0, NULL), 0);
	ck_assert_int_eq(virtio_mem_register(p + PIECE / 2, PIECE / 2, -1, 0, NULL), 0);
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 0);
	memset(p, 1, PIECE);
	ck_assert_int_eq(submit_into(&rig, req, p + PIECE / 2 - 512, 1024), 0);
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 1);
	ck_assert_uint_eq(*req->status, VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(req->used_len, 1025);
	ck_assert_int_eq(p[PIECE / 2 - 513], 1);
	ck_assert_int_eq(p[PIECE / 2 - 512], 0);
	ck_assert_int_eq(p[PIECE / 2 + 511], 0);
	ck_assert_int_eq(p[PIECE / 2 + 512], 1);
	ck_assert_int_eq(virtio_mem_unregister(p, PIECE), 0);
	rig_down(&rig);
	munmap(p, PIECE);
}
END_TEST

START_TEST(memory_for_one_device_is_no_other_ones)
{
	struct rig mine, other;
	struct virtio_mem_opts opts = { .size = sizeof(opts), .only = &mine.vdev };
	void *p;

	rig_up(&mine, "blk");
	rig_up(&other, "blk");
	ck_assert_int_eq(virtio_mem_alloc(4096, &opts, &p), 0);
	ck_assert_int_eq(submit_into(&other, blk_request_new(&other, 0, 0, 0), p, 512), -EFAULT);
	ck_assert_int_eq(submit_into(&mine, blk_request_new(&mine, 0, 0, 0), p, 512), 0);
	virtqueue_req_flush(mine.vq);
	blk_wait(mine.vq, 1);
	ck_assert_int_eq(virtio_mem_free(p), 0);
	rig_down(&mine);
	rig_down(&other);
}
END_TEST

struct churn {
	_Atomic bool stop;
	unsigned rounds;
	int error;
};

/* Registers, changes and unregisters pieces that no request names. */
static void *churn_main(void *arg)
{
	struct churn *churn = arg;

	while (!atomic_load(&churn->stop) && !churn->error) {
		char *p = mmap(NULL, 4 * PIECE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		void *a = NULL;

		churn->error = virtio_mem_register(p, 4 * PIECE, -1, 0, NULL);
		if (!churn->error)
			churn->error = virtio_mem_alloc(5000, NULL, &a);
		if (!churn->error)
			churn->error = virtio_mem_unregister(p + PIECE, PIECE);
		if (!churn->error)
			churn->error = virtio_mem_unregister(p, PIECE);
		if (!churn->error)
			churn->error = virtio_mem_unregister(p + 2 * PIECE, 2 * PIECE);
		if (!churn->error)
			churn->error = virtio_mem_free(a);
		munmap(p, 4 * PIECE);
		churn->rounds++;
	}
	return NULL;
}

static void load_under_churn(const char *options)
{
	struct rig rig;
	struct blk_request *reqs[16];
	struct churn churn = { 0 };
	uint64_t end = now_ms() + 1500;
	pthread_t thread;

	rig_up(&rig, "blk,size=1M,%s", options);
	for (unsigned i = 0; i < 16; i++)
		reqs[i] = blk_request_new(&rig, VIRTIO_BLK_T_IN, i, 4096);
	ck_assert_int_eq(pthread_create(&thread, NULL, churn_main, &churn), 0);
	while (now_ms() < end) {
		for (unsigned i = 0; i < 16; i++)
			ck_assert_int_eq(blk_submit(rig.vq, reqs[i]), 0);
		virtqueue_req_flush(rig.vq);
		blk_wait(rig.vq, 16);
		ck_assert_uint_eq(*reqs[15]->status, VIRTIO_BLK_S_OK);
	}
	atomic_store(&churn.stop, true);
	pthread_join(thread, NULL);
	ck_assert_msg(!churn.error, "error %d in round %u", churn.error, churn.rounds);
	ck_assert_uint_gt(churn.rounds, 1);
	rig_down(&rig);
}

START_TEST(memory_comes_and_goes_under_load)
{
	load_under_churn("thread=off");
	load_under_churn("thread=on");
	load_under_churn("thread=on,spin=1000,no-features=RING_F_INDIRECT_DESC");
}
END_TEST

/* A piece is unregistered and unmapped right after its request came back: a
 * device that touched it again would crash. */
START_TEST(what_is_unregistered_is_not_touched_again)
{
	struct rig rig;
	struct blk_request *req;

	rig_up(&rig, "blk,thread=on");
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 0);
	for (unsigned i = 0; i < 500; i++) {
		char *p = map_piece(PIECE);

		ck_assert_int_eq(virtio_mem_register(p, PIECE, -1, 0, NULL), 0);
		ck_assert_int_eq(submit_into(&rig, req, p, PIECE), 0);
		virtqueue_req_flush(rig.vq);
		blk_wait(rig.vq, 1);
		ck_assert_int_eq(virtio_mem_unregister(p, PIECE), 0);
		munmap(p, PIECE);
	}
	rig_down(&rig);
}
END_TEST

START_TEST(there_are_no_limits)
{
	struct rig rig;
	struct virtio_mem_limits limits;

	rig_up(&rig, "blk");
	ck_assert_int_eq(virtio_dev_get_mem_limits(&rig.vdev, &limits), 0);
	ck_assert_uint_eq(limits.max_regions, UINT64_MAX);
	ck_assert_uint_eq(limits.needs_fd, 0);
	ck_assert_uint_eq(limits.can_add, 1);
	rig_down(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		memory_registered_while_started_can_be_used,
		memory_in_flight_cannot_be_unregistered,
		a_part_can_be_unregistered,
		a_segment_may_cross_from_one_registration_to_the_next,
		memory_for_one_device_is_no_other_ones,
		memory_comes_and_goes_under_load,
		what_is_unregistered_is_not_touched_again,
		there_are_no_limits,
	};

	return RUN_TESTS("device/memory", tests);
}
