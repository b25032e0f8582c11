/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests by the hundred thousand: every index wraps several times, at queue
 * sizes from 1 to 32768, with and without the optional ring features, served
 * in the notify call and by a thread; data verified.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define REQUESTS	200000u
#define SLOTS		64u		/* most requests in flight */

struct shape {
	unsigned queue_size;
	const char *no_features;
	const char *thread;
	unsigned requests;
};

/* Both ring features, each alone, none; all sizes twice. A queue of size 1
 * has no room for header and status: see one_descriptor below. */
static const struct shape shapes[] = {
	{ 2, "0x0", "off", REQUESTS },
	{ 2, "RING_F_INDIRECT_DESC", "on", 30000 },
	{ 4, "RING_F_EVENT_IDX", "off", REQUESTS },
	{ 4, "0x0", "on", 50000 },
	{ 128, "0x0", "off", REQUESTS },
	{ 128, "0x0", "on", 50000 },
	{ 128, "RING_F_EVENT_IDX", "on", REQUESTS },
	{ 128, "RING_F_EVENT_IDX+RING_F_INDIRECT_DESC", "off", REQUESTS },
	{ 256, "RING_F_INDIRECT_DESC", "off", REQUESTS },
	{ 256, "RING_F_INDIRECT_DESC", "on", REQUESTS },
	{ 256, "RING_F_EVENT_IDX", "off", REQUESTS },
	{ 256, "RING_F_EVENT_IDX+RING_F_INDIRECT_DESC", "on", 50000 },
	{ 32768, "0x0", "off", REQUESTS },
	{ 32768, "RING_F_INDIRECT_DESC", "on", REQUESTS },
	{ 32768, "RING_F_EVENT_IDX", "on", 50000 },
	{ 32768, "RING_F_EVENT_IDX+RING_F_INDIRECT_DESC", "off", REQUESTS },
};

struct load {
	struct rig rig;
	struct blk_request *slots[SLOTS];
	unsigned free[SLOTS], nfree;
	unsigned sent, back;
	bool fits_data;			/* header, data and status fit the queue */
};

static void load_up(struct load *load, const struct shape *shape)
{
	rig_up(&load->rig, "blk,size=1M,queue-size=%u,no-features=%s,thread=%s", shape->queue_size,
	       shape->no_features, shape->thread);
	load->nfree = load->sent = load->back = 0;
	load->fits_data = shape->queue_size > 2;
	for (unsigned i = 0; i < SLOTS; i++) {
		load->slots[i] = blk_request_new(&load->rig, 0, 0, 512);
		load->free[load->nfree++] = i;
	}
}

/* Request i: even ones write their number to a sector of the slot's own, odd
 * ones read it back. Without room for data, flushes. */
static void prepare(const struct load *load, struct blk_request *req, unsigned slot, unsigned turn)
{
	uint64_t number = htole64((uint64_t)slot << 32 | turn / 2);

	req->len = load->fits_data ? 512 : 0;
	if (!load->fits_data) {
		req->header->type = htole32(VIRTIO_BLK_T_FLUSH);
	} else {
		req->header->type = htole32(turn & 1 ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT);
		req->header->sector = htole64(slot);
		if (turn & 1)
			memset(req->data, 0, 512);
		else
			for (unsigned i = 0; i < 64; i++)
				memcpy(req->data + 8 * i, &number, 8);
	}
	*req->status = 0xff;
}

static void check_back(const struct load *load, const struct blk_request *req, unsigned slot,
		       unsigned turn, uint32_t len)
{
	uint64_t number = htole64((uint64_t)slot << 32 | turn / 2), first, last;
	bool reads = load->fits_data && turn & 1;

	ck_assert_uint_eq(*req->status, VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(len, reads ? 513 : 1);
	memcpy(&first, req->data, 8);
	memcpy(&last, req->data + 504, 8);
	ck_assert(!reads || (first == number && last == number));
}

static void send_what_fits(struct load *load, unsigned *turns, unsigned requests)
{
	bool any = false;

	while (load->nfree && load->sent < requests) {
		unsigned slot = load->free[load->nfree - 1];
		int err;

		prepare(load, load->slots[slot], slot, turns[slot]);
		err = blk_submit(load->rig.vq, load->slots[slot]);
		if (err) {
			ck_assert_int_eq(err, -ENOMEM);
			break;
		}
		load->nfree--;
		load->sent++;
		any = true;
	}
	if (any)
		virtqueue_req_flush(load->rig.vq);
}

static unsigned slot_of(const struct load *load, const void *cookie)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (load->slots[i] == cookie)
			return i;
	ck_abort_msg("cookie %p was never given", cookie);
}

static void take_what_is_back(struct load *load, unsigned *turns)
{
	void *cookies[SLOTS];
	uint32_t lens[SLOTS];
	uint16_t n = virtio_recv_pkts(load->rig.vq, cookies, lens, SLOTS);

	for (uint16_t i = 0; i < n; i++) {
		unsigned slot = slot_of(load, cookies[i]);

		check_back(load, cookies[i], slot, turns[slot]++, lens[i]);
		load->free[load->nfree++] = slot;
		load->back++;
	}
	ck_assert_int_eq(virtqueue_get_error(load->rig.vq), 0);
}

START_TEST(data_survives_the_wrap_of_all_indices)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct load load;
		unsigned turns[SLOTS] = { 0 };
		uint64_t end = now_ms() + 60000;

		load_up(&load, &shapes[i]);
		while (load.back < shapes[i].requests) {
			send_what_fits(&load, turns, shapes[i].requests);
			take_what_is_back(&load, turns);
			ck_assert_msg(now_ms() < end, "shape %zu stands at %u of %u", i, load.back,
				      load.sent);
		}
		ck_assert_uint_eq(virtqueue_free_descs(load.rig.vq), shapes[i].queue_size);
		ck_assert_uint_eq(virtqueue_in_flight(load.rig.vq), 0);
		rig_down(&load.rig);
	}
}
END_TEST

/* A queue of one descriptor takes requests of one segment, one at a time. */
START_TEST(a_queue_of_one_wraps)
{
	struct rig rig;
	struct iovec iov;

	rig_up(&rig, "null,queue-size=1");
	iov = (struct iovec){ rig_take(&rig, 64), 64 };
	for (uintptr_t i = 1; i <= REQUESTS; i++) {
		uint32_t len;

		ck_assert_int_eq(virtqueue_req_submit(rig.vq, (void *)i, &iov, 0, 1), 0);
		ck_assert_int_eq(virtqueue_req_submit(rig.vq, (void *)i, &iov, 0, 1), -ENOMEM);
		virtqueue_req_flush(rig.vq);
		ck_assert_ptr_eq(wait_cookie(rig.vq, &len), (void *)i);
		ck_assert_uint_eq(len, 1);
	}
	rig_down(&rig);
}
END_TEST

static void fill_the_ring(unsigned size, const char *no_features)
{
	struct iovec *iov = calloc(size, sizeof(*iov));
	struct rig rig;
	struct blk_request *req;
	uint32_t len;

	rig_up(&rig, "blk,size=32M,queue-size=%u,no-features=%s", size, no_features);
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512 * (size - 2));
	iov[0] = (struct iovec){ req->header, 16 };
	for (unsigned i = 0; i < size - 2; i++)
		iov[1 + i] = (struct iovec){ req->data + 512 * (i % 16000), 512 };
	iov[size - 1] = (struct iovec){ req->status, 1 };
	for (unsigned round = 0; round < 3; round++) {
		ck_assert_int_eq(virtqueue_req_start(rig.vq, req, (int)size), 0);
		ck_assert_int_eq(virtqueue_req_add_iovs(rig.vq, iov, 1, VIRTIO_DESC_RO), 0);
		ck_assert_int_eq(virtqueue_req_add_iovs(rig.vq, iov + 1, (uint16_t)(size - 1),
							VIRTIO_DESC_WR), 0);
		virtqueue_req_flush(rig.vq);
		ck_assert_ptr_eq(wait_cookie(rig.vq, &len), req);
		ck_assert_uint_eq(len, 512 * (size - 2) + 1);
		ck_assert_uint_eq(*req->status, VIRTIO_BLK_S_OK);
		ck_assert_uint_eq(virtqueue_free_descs(rig.vq), size);
	}
	rig_down(&rig);
	free(iov);
}

START_TEST(a_request_of_exactly_the_queue_size_fits)
{
	for (unsigned size = 4; size <= 16384; size *= 4) {
		fill_the_ring(size, "0x0");
		fill_the_ring(size, "RING_F_INDIRECT_DESC");
	}
}
END_TEST

START_TEST(one_segment_more_than_the_queue_never_fits)
{
	struct rig rig;

	rig_up(&rig, "blk,queue-size=16");
	ck_assert_int_eq(virtqueue_req_start(rig.vq, NULL, 17), -EINVAL);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, NULL, -1), -EINVAL);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, NULL, 16), 0);
	virtqueue_req_abort(rig.vq);
	rig_down(&rig);
}
END_TEST

/* Adds n of a request's parts, then aborts; whatever n is, the queue is as it
 * was, and the next request goes through. */
START_TEST(an_abort_leaves_the_queue_as_it_was)
{
	struct rig rig;
	struct blk_request *req;
	struct iovec iov[3];

	rig_up(&rig, "blk,queue-size=8");
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);
	iov[0] = (struct iovec){ req->header, 16 };
	iov[1] = (struct iovec){ req->data, 512 };
	iov[2] = (struct iovec){ req->status, 1 };
	for (unsigned round = 0; round < 100000; round++) {
		unsigned parts = round % 4;

		ck_assert_int_eq(virtqueue_req_start(rig.vq, &rig, 3), 0);
		for (unsigned i = 0; i < parts; i++)
			ck_assert_int_eq(virtqueue_req_add_iovs(rig.vq, &iov[i], 1,
								i ? VIRTIO_DESC_WR :
								VIRTIO_DESC_RO), 0);
		virtqueue_req_abort(rig.vq);
		ck_assert_uint_eq(virtqueue_free_descs(rig.vq), 8);
		ck_assert_uint_eq(virtqueue_in_flight(rig.vq), 0);
		if (round % 100 == 0)
			ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_OK);
	}
	rig_down(&rig);
}
END_TEST

START_TEST(an_abort_spares_the_request_before)
{
	struct rig rig;
	struct blk_request *req;

	rig_up(&rig, "blk");
	req = blk_request_new(&rig, VIRTIO_BLK_T_FLUSH, 0, 0);
	ck_assert_int_eq(blk_submit(rig.vq, req), 0);
	ck_assert_int_eq(virtqueue_req_start(rig.vq, &rig, 3), 0);
	virtqueue_req_abort(rig.vq);
	virtqueue_req_abort(rig.vq);
	virtqueue_req_flush(rig.vq);
	blk_wait(rig.vq, 1);
	ck_assert(req->done);
	rig_down(&rig);
}
END_TEST

/* With indirect tables each request takes one descriptor. */
START_TEST(indirect_tables_let_more_requests_in)
{
	struct rig rig;

	for (unsigned direct = 0; direct < 2; direct++) {
		unsigned n = 0;

		rig_up(&rig, "blk,queue-size=16,fault=silent,no-features=%s",
		       direct ? "RING_F_INDIRECT_DESC" : "0x0");
		while (!blk_submit(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512)))
			n++;
		ck_assert_uint_eq(n, direct ? 5 : 16);
		rig_down(&rig);
	}
}
END_TEST

/* One that serves in the notify call wants to be called, each time. */
START_TEST(each_flush_kicks_a_device_without_a_thread)
{
	struct rig rig;
	struct blk_request *req;
	struct virtqueue_stats stats;

	rig_up(&rig, "blk");
	req = blk_request_new(&rig, VIRTIO_BLK_T_FLUSH, 0, 0);
	for (unsigned i = 1; i <= 1000; i++) {
		ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_OK);
		virtqueue_req_flush(rig.vq);
		virtqueue_get_stats(rig.vq, &stats);
		ck_assert_uint_eq(stats.kicks, i);
	}
	rig_down(&rig);
}
END_TEST

/* A thread that looks anyway is not called while it does. */
START_TEST(a_busy_thread_spares_kicks)
{
	static const char *const without[] = { "0x0", "RING_F_EVENT_IDX" };

	for (unsigned k = 0; k < 2; k++) {
		struct rig rig;
		struct blk_request *req;
		struct virtqueue_stats stats;

		rig_up(&rig, "null,thread=on,spin=1000000,no-features=%s", without[k]);
		req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512);
		for (unsigned i = 0; i < 1000; i++)
			ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_OK);
		virtqueue_get_stats(rig.vq, &stats);
		ck_assert_uint_le(stats.kicks, 100);
		ck_assert_uint_ge(stats.kicks, 1);
		rig_down(&rig);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		data_survives_the_wrap_of_all_indices,
		a_queue_of_one_wraps,
		a_request_of_exactly_the_queue_size_fits,
		one_segment_more_than_the_queue_never_fits,
		an_abort_leaves_the_queue_as_it_was,
		an_abort_spares_the_request_before,
		indirect_tables_let_more_requests_in,
		each_flush_kicks_a_device_without_a_thread,
		a_busy_thread_spares_kicks,
	};

	return RUN_TESTS("device/wrap", tests);
}
