/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Failure at step N, for every N: a transport that passes everything on to a
 * loopback device, but fails its N-th operation. Whatever N is, the device
 * can be destructed, or reset and used, and nothing is left behind.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/backend.h>

#include "harness.h"

/* The transport's context: the device behind it, and when it fails. */
struct wrap {
	struct virtio_dev inner;
	unsigned calls;
	unsigned fail_at;		/* 0: never */
	unsigned destructed;
};

static struct wrap *wrap_of(struct virtio_dev *vdev)
{
	return virtio_dev_backend_ctx(vdev);
}

static const struct virtio_dev_ops *inner_ops(struct wrap *w)
{
	return virtio_dev_backend_ops(&w->inner);
}

/* Is it this operation's turn to fail? */
static bool fails(struct wrap *w)
{
	return ++w->calls == w->fail_at;
}

static int made_to_fail(void)
{
	return virtio_set_error(EIO, "made to fail by the test");
}

static int w_read_dev_cfg(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	struct wrap *w = wrap_of(vdev);

	return fails(w) ? made_to_fail() : inner_ops(w)->read_dev_cfg(&w->inner, offset, dst, len);
}

static int w_write_dev_cfg(struct virtio_dev *vdev, size_t offset, const void *src, int len)
{
	struct wrap *w = wrap_of(vdev);

	return fails(w) ? made_to_fail() : inner_ops(w)->write_dev_cfg(&w->inner, offset, src, len);
}

static uint8_t w_get_status(struct virtio_dev *vdev)
{
	struct wrap *w = wrap_of(vdev);

	/* A device that has gone: all ones. HARD-STAT-5 */
	return fails(w) ? 0xff : inner_ops(w)->get_status(&w->inner);
}

static void w_set_status(struct virtio_dev *vdev, uint8_t status)
{
	struct wrap *w = wrap_of(vdev);

	/* A write that is lost; but a reset is made, or nothing would end. */
	if (!fails(w) || !status)
		inner_ops(w)->set_status(&w->inner, status);
}

static uint64_t w_get_features(struct virtio_dev *vdev)
{
	struct wrap *w = wrap_of(vdev);

	if (!fails(w))
		return inner_ops(w)->get_features(&w->inner);
	made_to_fail();
	return 0;
}

static int w_set_features(struct virtio_dev *vdev, uint64_t features)
{
	struct wrap *w = wrap_of(vdev);

	return fails(w) ? made_to_fail() : inner_ops(w)->set_features(&w->inner, features);
}

static void w_destruct_dev(struct virtio_dev *vdev)
{
	struct wrap *w = wrap_of(vdev);

	w->destructed++;
}

static uint16_t w_get_queue_size(struct virtio_dev *vdev, uint16_t queue_id)
{
	struct wrap *w = wrap_of(vdev);

	return fails(w) ? 0 : inner_ops(w)->get_queue_size(&w->inner, queue_id);
}

static int w_setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct wrap *w = wrap_of(vdev);

	return fails(w) ? made_to_fail() : inner_ops(w)->setup_queue(&w->inner, vq);
}

static void w_del_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct wrap *w = wrap_of(vdev);

	inner_ops(w)->del_queue(&w->inner, vq);
}

static void w_notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct wrap *w = wrap_of(vdev);

	inner_ops(w)->notify_queue(&w->inner, vq);
}

static void w_json(struct virtio_dev *vdev, struct virtio_json_writer *writer)
{
	(void)vdev;
	(void)writer;
}

static uint16_t w_get_max_queues(struct virtio_dev *vdev)
{
	struct wrap *w = wrap_of(vdev);

	return fails(w) ? 0 : inner_ops(w)->get_max_queues(&w->inner);
}

static int w_mem_add(struct virtio_dev *vdev, struct virtio_mem_region *region)
{
	struct wrap *w = wrap_of(vdev);

	return fails(w) ? made_to_fail() : inner_ops(w)->mem_add(&w->inner, region);
}

static int w_mem_remove(struct virtio_dev *vdev, const struct virtio_mem_region *region)
{
	struct wrap *w = wrap_of(vdev);

	return inner_ops(w)->mem_remove(&w->inner, region);
}

static int w_queue_fd(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct wrap *w = wrap_of(vdev);

	return fails(w) ? made_to_fail() : inner_ops(w)->queue_fd(&w->inner, vq);
}

static int w_stop(struct virtio_dev *vdev)
{
	struct wrap *w = wrap_of(vdev);

	return inner_ops(w)->stop(&w->inner);
}

static const struct virtio_dev_ops wrap_ops = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = w_read_dev_cfg,
	.write_dev_cfg = w_write_dev_cfg,
	.get_status = w_get_status,
	.set_status = w_set_status,
	.get_features = w_get_features,
	.set_features = w_set_features,
	.destruct_dev = w_destruct_dev,
	.get_queue_size = w_get_queue_size,
	.setup_queue = w_setup_queue,
	.del_queue = w_del_queue,
	.notify_queue = w_notify_queue,
	.dump_json_info = w_json,
	.write_json_config = w_json,
	.get_max_queues = w_get_max_queues,
	.mem_add = w_mem_add,
	.mem_remove = w_mem_remove,
	.queue_fd = w_queue_fd,
	.stop = w_stop,
};

static void wrap_up(struct rig *rig, struct wrap *w)
{
	rig_prepare(rig);
	*w = (struct wrap){ 0 };
	ck_assert_int_eq(virtio_dev_open(&w->inner, "inner", "loopback:blk,num-queues=3"), 0);
	ck_assert_int_eq(virtio_dev_construct(&rig->vdev, "outer", &wrap_ops, w), 0);
}

static void wrap_down(struct rig *rig, struct wrap *w)
{
	virtio_dev_destruct(&rig->vdev);
	ck_assert_uint_eq(w->destructed, 1);
	virtio_dev_destruct(&w->inner);
	rig_down(rig);
}

/* From reset to the first request, as a program would: 0 or the first error. */
static int live(struct rig *rig)
{
	uint64_t capacity;
	int err = virtio_dev_reset(&rig->vdev, ALL_FEATURES);

	if (!err)
		err = virtio_dev_read_dev_config(&rig->vdev, 0, &capacity, 8);
	if (!err)
		err = virtio_dev_start(&rig->vdev, 3, 0);
	if (!err) {
		int fd = virtqueue_get_fd(rig->vdev.vqs[0]);

		err = fd < 0 ? fd : 0;
	}
	return err;
}

static void use(struct rig *rig)
{
	for (unsigned i = 0; i < rig->vdev.max_queues; i++)
		if (rig->vdev.vqs[i])
			ck_assert_uint_eq(blk_do(rig->vdev.vqs[i],
						 blk_request_new(rig, VIRTIO_BLK_T_IN, 0, 512)),
					  VIRTIO_BLK_S_OK);
}

START_TEST(nothing_fails_unless_told)
{
	struct rig rig;
	struct wrap w;

	wrap_up(&rig, &w);
	ck_assert_int_eq(live(&rig), 0);
	use(&rig);
	ck_assert_uint_gt(w.calls, 15);
	wrap_down(&rig, &w);
}
END_TEST

START_TEST(any_step_may_fail_and_a_second_try_succeeds)
{
	struct rig rig;
	struct wrap w;
	unsigned failed = 0, steps;

	wrap_up(&rig, &w);
	ck_assert_int_eq(live(&rig), 0);
	steps = w.calls;
	wrap_down(&rig, &w);
	for (unsigned n = 1; n <= steps; n++) {
		int err;

		wrap_up(&rig, &w);
		w.fail_at = n;
		err = live(&rig);
		failed += err != 0;
		if (err)
			ck_assert_msg(virtio_last_error()[0], "no sentence at step %u", n);
		w.fail_at = 0;
		err = live(&rig);
		ck_assert_msg(!err, "after a failure of step %u: %s", n, virtio_last_error());
		use(&rig);
		wrap_down(&rig, &w);
	}
	/* Others are survived: a lost status bit that is read back, one queue. */
	ck_assert_uint_gt(failed, steps / 2);
}
END_TEST

START_TEST(any_step_may_fail_and_the_device_can_be_destructed)
{
	struct rig rig;
	struct wrap w;
	unsigned steps, fds = 0;

	wrap_up(&rig, &w);
	ck_assert_int_eq(live(&rig), 0);
	steps = w.calls;
	wrap_down(&rig, &w);
	for (unsigned n = 1; n <= steps; n++) {
		wrap_up(&rig, &w);
		w.fail_at = n;
		(void)live(&rig);
		wrap_down(&rig, &w);
		fds = fds ? fds : count_fds();
		ck_assert_uint_eq(count_fds(), fds);
	}
}
END_TEST

/* A registration that one device refuses is undone on the other. */
START_TEST(memory_that_one_device_refuses_is_registered_with_none)
{
	struct rig rig, other;
	struct wrap w;
	struct blk_request *req;
	struct iovec iov[3];
	static _Alignas(65536) char piece[65536];

	rig_up(&other, "blk");
	wrap_up(&rig, &w);
	ck_assert_int_eq(live(&rig), 0);
	w.fail_at = w.calls + 1;
	ck_assert_int_lt(virtio_mem_register(piece, sizeof(piece), -1, 0, NULL), 0);
	assert_error_names("outer");
	req = blk_request_new(&other, VIRTIO_BLK_T_IN, 0, 0);
	iov[0] = (struct iovec){ req->header, 16 };
	iov[1] = (struct iovec){ piece, 512 };
	iov[2] = (struct iovec){ req->status, 1 };
	ck_assert_int_eq(virtqueue_req_submit(other.vq, req, iov, 1, 2), -EFAULT);
	ck_assert_int_eq(virtio_mem_register(piece, sizeof(piece), -1, 0, NULL), 0);
	ck_assert_int_eq(virtqueue_req_submit(other.vq, req, iov, 1, 2), 0);
	virtqueue_req_flush(other.vq);
	blk_wait(other.vq, 1);
	ck_assert_int_eq(virtio_mem_unregister(piece, sizeof(piece)), 0);
	wrap_down(&rig, &w);
	rig_down(&other);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_fails_unless_told,
		any_step_may_fail_and_a_second_try_succeeds,
		any_step_may_fail_and_the_device_can_be_destructed,
		memory_that_one_device_refuses_is_registered_with_none,
	};

	return RUN_TESTS("device/steps", tests);
}
