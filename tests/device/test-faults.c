/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program sees of a device that breaks the rules: each fault of the
 * loopback device, and that every cookie comes back exactly once whatever
 * happened.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "harness.h"

#define MANY 32u

struct burst {
	struct rig rig;
	struct blk_request *reqs[MANY];
	unsigned n;
	unsigned completed, failed;
};

/* Sends n reads at once on a device with the fault. */
static void burst_send(struct burst *b, unsigned n, const char *options)
{
	*b = (struct burst){ .n = n };
	rig_up(&b->rig, "blk,queue-size=64,%s", options);
	for (unsigned i = 0; i < n; i++) {
		b->reqs[i] = blk_request_new(&b->rig, VIRTIO_BLK_T_IN, i, 512);
		ck_assert_msg(!blk_submit(b->rig.vq, b->reqs[i]), "%s", virtio_last_error());
	}
	virtqueue_req_flush(b->rig.vq);
}

static void mark(struct burst *b, void *const *cookies, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct blk_request *req = cookies[i];
		bool known = false;

		for (unsigned k = 0; k < b->n; k++)
			known |= b->reqs[k] == req;
		ck_assert(known && !req->done);
		req->done = true;
	}
}

/* Takes what completes until the queue has failed: the error. */
static int burst_until_error(struct burst *b)
{
	uint64_t end = now_ms() + 10000;
	int err;

	do {
		void *cookies[MANY];
		uint16_t n;

		err = virtqueue_get_error(b->rig.vq);
		n = virtio_recv_pkts(b->rig.vq, cookies, NULL, MANY);
		mark(b, cookies, n);
		b->completed += n;
		ck_assert_msg(now_ms() < end, "no error, %u completed", b->completed);
	} while (!err);
	return err;
}

/* After a stop or a loss: every cookie that is left, each once, and no more. */
static void burst_collect(struct burst *b)
{
	void *cookies[MANY];
	uint16_t n;

	while ((n = virtio_recv_pkts(b->rig.vq, cookies, NULL, 5))) {
		mark(b, cookies, n);
		b->completed += n;
	}
	while ((n = virtqueue_recv_failed(b->rig.vq, cookies, 5))) {
		mark(b, cookies, n);
		b->failed += n;
	}
	ck_assert_uint_eq(b->completed + b->failed, b->n);
	ck_assert_uint_eq(virtqueue_in_flight(b->rig.vq), 0);
	ck_assert_uint_eq(virtqueue_recv_failed(b->rig.vq, cookies, 5), 0);
	ck_assert_uint_eq(virtio_recv_pkts(b->rig.vq, cookies, NULL, 5), 0);
}

/* A breach of the ring's rules breaks the queue, and says so. */
static void breaks_the_queue(const char *options, unsigned n, unsigned well)
{
	struct burst b;
	uint32_t events;
	void *cookie;
	struct iovec iov;

	burst_send(&b, n, options);
	ck_assert_int_eq(burst_until_error(&b), -EIO);
	ck_assert_uint_le(b.completed, well);
	events = wait_events(&b.rig.vdev, VIRTIO_EVENT_QUEUE_BROKEN);
	ck_assert_uint_eq(events & VIRTIO_EVENT_PEER_LOST, 0);
	/* Before the stop the device may still be writing: nothing fails yet. */
	ck_assert_uint_eq(virtqueue_recv_failed(b.rig.vq, &cookie, 1), 0);
	iov = (struct iovec){ b.reqs[0]->header, 16 };
	ck_assert_int_eq(virtqueue_req_submit(b.rig.vq, NULL, &iov, 1, 0), -EIO);
	ck_assert_int_eq(virtqueue_req_start(b.rig.vq, NULL, 1), -EIO);
	ck_assert_int_eq(virtio_dev_stop(&b.rig.vdev), 0);
	burst_collect(&b);
	rig_down(&b.rig);
}

/* With the notify call and with a thread, one request and many, at once and
 * after five. */
static void breaks_the_queue_however(const char *fault, unsigned at_least)
{
	static const char *const how[] = {
		"thread=off", "thread=on", "thread=off,no-features=RING_F_EVENT_IDX",
		"thread=off,no-features=RING_F_INDIRECT_DESC",
	};

	for (unsigned i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		char options[128];

		snprintf(options, sizeof(options), "%s,fault=%s", how[i], fault);
		if (at_least <= 1)
			breaks_the_queue(options, 1, 0);
		/* Direct, 64 descriptors hold 21 requests of three. */
		breaks_the_queue(options, 20, 2);
		snprintf(options, sizeof(options), "%s,fault=%s:5", how[i], fault);
		breaks_the_queue(options, 20, 7);
	}
}

START_TEST(an_id_out_of_range_breaks_the_queue)
{
	breaks_the_queue_however("id-range", 1);
}
END_TEST

START_TEST(an_id_that_is_idle_breaks_the_queue)
{
	breaks_the_queue_however("id-idle", 1);
}
END_TEST

START_TEST(a_second_completion_breaks_the_queue)
{
	breaks_the_queue_however("id-twice", 1);
}
END_TEST

START_TEST(an_index_that_jumps_breaks_the_queue)
{
	breaks_the_queue_however("idx-jump", 1);
}
END_TEST

START_TEST(an_index_that_goes_back_breaks_the_queue)
{
	breaks_the_queue_however("idx-back", 1);
}
END_TEST

START_TEST(a_broken_queue_leaves_the_other_alone)
{
	struct rig rig;
	struct blk_request *req[2];

	rig_open(&rig, "blk,num-queues=2,fault=id-range:1");
	rig_start(&rig, 2);
	for (unsigned i = 0; i < 2; i++) {
		req[i] = blk_request_new(&rig, VIRTIO_BLK_T_FLUSH, 0, 0);
		ck_assert_int_eq(blk_submit(rig.vdev.vqs[i], req[i]), 0);
	}
	virtqueue_req_flush(rig.vdev.vqs[0]);
	virtqueue_req_flush(rig.vdev.vqs[1]);
	ck_assert_int_eq(wait_error(rig.vdev.vqs[1]), -EIO);
	blk_wait(rig.vdev.vqs[0], 1);
	ck_assert(req[0]->done);
	rig_down(&rig);
}
END_TEST

START_TEST(a_length_too_large_is_clamped_and_counted)
{
	struct rig rig;
	struct virtqueue_stats stats;

	rig_up(&rig, "blk,fault=len-over:2");
	for (unsigned i = 0; i < 10; i++) {
		struct blk_request *req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);

		ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_OK);
		ck_assert_uint_eq(req->used_len, 513);
	}
	virtqueue_get_stats(rig.vq, &stats);
	ck_assert_uint_eq(stats.len_clamped, 8);
	ck_assert_int_eq(virtqueue_get_error(rig.vq), 0);
	rig_down(&rig);
}
END_TEST

START_TEST(a_silent_device_is_stopped_and_gives_all_cookies_back)
{
	struct burst b;
	uint64_t begin;

	burst_send(&b, 20, "fault=silent:7");
	blk_wait(b.rig.vq, 7);
	b.completed = 7;
	begin = now_ms();
	ck_assert_int_eq(virtio_dev_stop(&b.rig.vdev), 0);
	ck_assert_uint_lt(now_ms() - begin, 4000);	/* not the timeout */
	burst_collect(&b);
	ck_assert_uint_eq(b.failed, 13);
	ck_assert_int_eq(virtqueue_get_error(b.rig.vq), -ESHUTDOWN);
	rig_down(&b.rig);
}
END_TEST

START_TEST(a_device_that_dies_fails_its_cookies_at_once)
{
	static const char *const how[] = { "fault=die:3", "fault=die:3,thread=on", "fault=die" };

	for (unsigned i = 0; i < 3; i++) {
		struct burst b;

		burst_send(&b, 20, how[i]);
		ck_assert_int_eq(burst_until_error(&b), -ECONNRESET);
		ck_assert_uint_le(b.completed, 3);
		burst_collect(&b);
		wait_events(&b.rig.vdev, VIRTIO_EVENT_PEER_LOST);
		ck_assert_int_eq(virtqueue_req_start(b.rig.vq, NULL, 1), -ECONNRESET);
		ck_assert_int_eq(virtio_dev_stop(&b.rig.vdev), 0);
		burst_collect(&b);
		ck_assert_int_lt(virtio_dev_reset(&b.rig.vdev, ALL_FEATURES), 0);
		rig_down(&b.rig);
	}
}
END_TEST

START_TEST(needs_reset_is_an_event_and_a_restart_cures_it)
{
	struct burst b;
	struct blk_request *req;

	burst_send(&b, 20, "fault=needs-reset:4");
	wait_events(&b.rig.vdev, VIRTIO_EVENT_NEEDS_RESET);
	ck_assert_uint_ne(virtio_dev_get_status(&b.rig.vdev) & VIRTIO_CONFIG_S_NEEDS_RESET, 0);
	ck_assert_int_eq(virtio_dev_stop(&b.rig.vdev), 0);
	burst_collect(&b);
	ck_assert_uint_eq(b.completed, 4);
	rig_start(&b.rig, 1);
	ck_assert_uint_eq(virtio_dev_get_status(&b.rig.vdev) & VIRTIO_CONFIG_S_NEEDS_RESET, 0);
	req = blk_request_new(&b.rig, VIRTIO_BLK_T_IN, 0, 512);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(blk_do(b.rig.vq, req), VIRTIO_BLK_S_OK);
	rig_down(&b.rig);
}
END_TEST

START_TEST(a_short_configuration_space_is_said_to_be_short)
{
	struct rig rig;
	struct virtio_blk_config config;

	rig_open(&rig, "blk,size=1M,fault=config-short");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig.vdev, 0, &config, 8), 0);
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig.vdev, 0, &config, 9), -EINVAL);
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig.vdev, 20, &config, 4), -EINVAL);
	assert_error_names("virtio_dev_read_dev_config");
	rig_down(&rig);
}
END_TEST

START_TEST(refused_features_end_the_negotiation)
{
	struct rig rig;

	rig_open(&rig, "blk,fault=features-refused");
	ck_assert_int_eq(virtio_dev_reset(&rig.vdev, ALL_FEATURES), -EPROTO);
	assert_error_names("FEATURES_OK");
	ck_assert_uint_ne(virtio_dev_get_status(&rig.vdev) & VIRTIO_CONFIG_S_FAILED, 0);
	ck_assert_int_eq(virtio_dev_start(&rig.vdev, 1, 0), -EINVAL);
	rig_down(&rig);
}
END_TEST

START_TEST(two_faults_can_be_joined)
{
	struct burst b;
	struct virtqueue_stats stats;

	burst_send(&b, 20, "fault=len-over+id-range:6");
	ck_assert_int_eq(burst_until_error(&b), -EIO);
	ck_assert_uint_eq(b.completed, 6);
	virtqueue_get_stats(b.rig.vq, &stats);
	ck_assert_uint_eq(stats.len_clamped, 6);
	rig_down(&b.rig);
}
END_TEST

/* The one that waits longer takes over, whichever stands first. */
START_TEST(a_later_fault_takes_over)
{
	static const char *const how[] = { "fault=len-over+die:6", "fault=die:6+len-over" };

	for (unsigned i = 0; i < 2; i++) {
		struct burst b;
		struct virtqueue_stats stats;

		burst_send(&b, 20, how[i]);
		ck_assert_int_eq(burst_until_error(&b), -ECONNRESET);
		burst_collect(&b);
		ck_assert_uint_eq(b.completed, 6);
		virtqueue_get_stats(b.rig.vq, &stats);
		ck_assert_uint_eq(stats.len_clamped, 6);
		rig_down(&b.rig);
	}
}
END_TEST

/* A rig destructed with all of it in flight: nothing leaks, nothing crashes. */
START_TEST(a_device_can_be_destructed_in_any_state)
{
	static const char *const how[] = {
		"fault=silent", "fault=die:2", "fault=needs-reset:2", "fault=id-range:2",
		"fault=silent,thread=on", "fault=die:2,thread=on", "thread=on",
	};

	for (unsigned i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct burst b;

		burst_send(&b, 20, how[i]);
		rig_down(&b.rig);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_id_out_of_range_breaks_the_queue,
		an_id_that_is_idle_breaks_the_queue,
		a_second_completion_breaks_the_queue,
		an_index_that_jumps_breaks_the_queue,
		an_index_that_goes_back_breaks_the_queue,
		a_broken_queue_leaves_the_other_alone,
		a_length_too_large_is_clamped_and_counted,
		a_silent_device_is_stopped_and_gives_all_cookies_back,
		a_device_that_dies_fails_its_cookies_at_once,
		needs_reset_is_an_event_and_a_restart_cures_it,
		a_short_configuration_space_is_said_to_be_short,
		refused_features_end_the_negotiation,
		two_faults_can_be_joined,
		a_later_fault_takes_over,
		a_device_can_be_destructed_in_any_state,
	};

	return RUN_TESTS("device/faults", tests);
}
