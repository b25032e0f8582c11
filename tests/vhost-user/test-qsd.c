/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Against a real qemu-storage-daemon: data verified over all queues and queue
 * sizes, starting again, requests in flight at a stop, a server that is busy,
 * stopped or killed.
 */
#include "config.h"

#include <endian.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/virtio_blk.h>

#include "rig.h"
#include "server.h"

#define DISK_LEN	(1u << 20)
#define BLOCK		4096u
#define BLOCKS		(DISK_LEN / BLOCK)
#define DEPTH		16u

static char *program;
static uint8_t disk[DISK_LEN];

/* One request in memory that the device may be given. */
struct request {
	struct virtio_blk_outhdr header;
	uint8_t status;
	uint8_t data[BLOCK] __attribute__((aligned(512)));
};

struct session {
	struct server *server;
	struct virtio_dev vdev;
	struct request *requests;	/* DEPTH of them */
};

/* image: what the disk holds, or NULL for a slow one without content. */
static struct session *serve(bool image, unsigned queues, unsigned latency_ms)
{
	struct session *s = g_new0(struct session, 1);
	char *blockdev, *export;

	s->server = server_new();
	if (image) {
		char *path = g_build_filename(s->server->folder, "disk", NULL);

		fill_noise(disk, sizeof(disk), queues);
		ck_assert(g_file_set_contents(path, (char *)disk, sizeof(disk), NULL));
		blockdev = g_strdup_printf("driver=file,node-name=disk,filename=%s", path);
		g_free(path);
	} else {
		blockdev = g_strdup_printf("driver=null-co,node-name=disk,size=1048576,"
					   "read-zeroes=on,latency-ns=%u000000", latency_ms);
	}
	export = g_strdup_printf("type=vhost-user-blk,id=e,node-name=disk,addr.type=unix,"
				 "addr.path=%s,writable=on,num-queues=%u", s->server->socket,
				 queues);
	ck_assert_msg(server_start(s->server, (const char *const[]){
		program, "--blockdev", blockdev, "--export", export, NULL,
	}), "the server did not start: %s", server_reason);
	g_free(blockdev);
	g_free(export);
	return s;
}

static void connect_to(struct session *s, const char *options)
{
	char *address = server_address(s->server, options);
	void *memory;

	assert_ok(virtio_dev_open(&s->vdev, "disk", address));
	g_free(address);
	if (s->requests)
		return;
	assert_ok(virtio_mem_alloc(DEPTH * sizeof(struct request), NULL, &memory));
	s->requests = memory;
}

static void start(struct session *s, uint16_t queues)
{
	assert_ok(virtio_dev_reset(&s->vdev, ALL_FEATURES));
	assert_ok(virtio_dev_start(&s->vdev, queues, 0));
	ck_assert_uint_eq(s->vdev.max_queues, queues);
}

static void end(struct session *s)
{
	virtio_dev_destruct(&s->vdev);
	virtio_mem_free(s->requests);
	server_stop(s->server);
	g_free(s);
}

static int submit(struct session *s, struct request *req, unsigned queue, uint32_t type,
		  unsigned block)
{
	const struct iovec iov[3] = {
		{ &req->header, sizeof(req->header) }, { req->data, BLOCK }, { &req->status, 1 },
	};
	const bool out = type == VIRTIO_BLK_T_OUT;
	int err;

	req->header = (struct virtio_blk_outhdr){
		.type = htole32(type), .sector = htole64(block * (BLOCK / 512ull)),
	};
	req->status = 0xff;
	err = virtqueue_req_submit(s->vdev.vqs[queue], req, iov, out ? 2 : 1, out ? 1 : 2);
	if (!err)
		virtqueue_req_flush(s->vdev.vqs[queue]);
	return err;
}

/* The next request that completes on the queue, which must have succeeded. */
static struct request *complete(struct session *s, unsigned queue)
{
	const uint64_t deadline = now_ms() + 20000;
	void *cookie;

	while (!virtio_recv_pkts(s->vdev.vqs[queue], &cookie, NULL, 1))
		ck_assert_msg(now_ms() < deadline, "no completion, error %d",
			      virtqueue_get_error(s->vdev.vqs[queue]));
	ck_assert_uint_eq(((struct request *)cookie)->status, VIRTIO_BLK_S_OK);
	return cookie;
}

static unsigned block_of(const struct request *req)
{
	return (unsigned)(le64toh(req->header.sector) / (BLOCK / 512));
}

static void check_data(const struct request *req)
{
	ck_assert_mem_eq(req->data, disk + block_of(req) * BLOCK, BLOCK);
}

/* Reads the whole disk with all queues; as deep as the queues allow. */
static void read_all(struct session *s)
{
	const unsigned queues = s->vdev.max_queues;
	unsigned next[4] = { 0 };

	for (unsigned block = 0; block < BLOCKS; block++) {
		const unsigned q = block % queues;
		struct request *req = &s->requests[block % DEPTH];

		if (block >= DEPTH || next[q] >= virtqueue_size(s->vdev.vqs[q]) / 3) {
			if (next[q]) {
				req = complete(s, q);
				check_data(req);
				next[q]--;
			}
		}
		assert_ok(submit(s, req, q, VIRTIO_BLK_T_IN, block));
		next[q]++;
	}
	for (unsigned q = 0; q < queues; q++)
		while (next[q]) {
			check_data(complete(s, q));
			next[q]--;
		}
}

static void read_with_sizes(unsigned queues)
{
	static const char *const sizes[] = {
		",queue-size=4", ",queue-size=16", ",queue-size=128", ",queue-size=256",
		",queue-size=1024",
	};
	struct session *s = serve(true, queues, 0);

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		connect_to(s, sizes[i]);
		start(s, queues);
		read_all(s);
		virtio_dev_destruct(&s->vdev);
	}
	end(s);
}

START_TEST(one_queue_reads_right_at_every_size)
{
	read_with_sizes(1);
}
END_TEST

START_TEST(two_queues_read_right_at_every_size)
{
	read_with_sizes(2);
}
END_TEST

START_TEST(four_queues_read_right_at_every_size)
{
	read_with_sizes(4);
}
END_TEST

/* The smallest queue that the server takes has room for the smallest request. */
START_TEST(a_queue_of_two_flushes)
{
	struct session *s = serve(true, 1, 0);
	struct request *req;

	connect_to(s, ",queue-size=2");
	start(s, 1);
	req = &s->requests[0];
	for (unsigned i = 0; i < 1000; i++) {
		const struct iovec iov[2] = {
			{ &req->header, sizeof(req->header) }, { &req->status, 1 },
		};

		req->header = (struct virtio_blk_outhdr){ .type = htole32(VIRTIO_BLK_T_FLUSH) };
		req->status = 0xff;
		assert_ok(virtqueue_req_submit(s->vdev.vqs[0], req, iov, 1, 1));
		virtqueue_req_flush(s->vdev.vqs[0]);
		ck_assert_ptr_eq(complete(s, 0), req);
	}
	end(s);
}
END_TEST

START_TEST(without_ring_features_it_reads_right)
{
	struct session *s = serve(true, 2, 0);

	connect_to(s, ",indirect=off,event-idx=off");
	start(s, 2);
	read_all(s);
	end(s);
}
END_TEST

START_TEST(writes_reach_the_disk)
{
	struct session *s = serve(true, 2, 0);
	char *path = g_build_filename(s->server->folder, "disk", NULL);
	char *content;
	size_t len;

	connect_to(s, "");
	start(s, 2);
	fill_noise(disk, sizeof(disk), 99);
	for (unsigned block = 0; block < BLOCKS; block++) {
		memcpy(s->requests[0].data, disk + block * BLOCK, BLOCK);
		assert_ok(submit(s, &s->requests[0], block % 2, VIRTIO_BLK_T_OUT, block));
		complete(s, block % 2);
	}
	ck_assert(g_file_get_contents(path, &content, &len, NULL));
	ck_assert_uint_eq(len, sizeof(disk));
	ck_assert_mem_eq(content, disk, sizeof(disk));
	g_free(content);
	g_free(path);
	end(s);
}
END_TEST

START_TEST(the_capacity_is_in_the_config)
{
	struct session *s = serve(true, 1, 0);
	uint64_t sectors;

	connect_to(s, "");
	assert_ok(virtio_dev_read_dev_config(&s->vdev, 0, &sectors, sizeof(sectors)));
	ck_assert_uint_eq(le64toh(sectors), DISK_LEN / 512);
	end(s);
}
END_TEST

/* It refuses more than its structure has, and goes on. */
START_TEST(too_much_config_is_no_data)
{
	struct session *s = serve(true, 1, 0);
	uint8_t space[256];

	connect_to(s, "");
	ck_assert_int_eq(virtio_dev_read_dev_config(&s->vdev, 0, space, 256), -ENODATA);
	assert_ok(virtio_dev_read_dev_config(&s->vdev, 0, space, 36));
	end(s);
}
END_TEST

START_TEST(it_starts_again_on_the_same_connection)
{
	struct session *s = serve(true, 4, 0);

	connect_to(s, "");
	for (unsigned i = 0; i < 6; i++) {
		start(s, (uint16_t)(i % 4 + 1));
		read_all(s);
		assert_ok(virtio_dev_stop(&s->vdev));
	}
	end(s);
}
END_TEST

/* It answers GET_VRING_BASE at once, and then drops what it still has. */
START_TEST(requests_in_flight_at_a_stop_complete)
{
	struct session *s = serve(false, 1, 200);
	void *cookies[DEPTH];

	connect_to(s, "");
	for (int round = 0; round < 2; round++) {
		start(s, 1);
		for (unsigned i = 0; i < DEPTH; i++)
			assert_ok(submit(s, &s->requests[i], 0, VIRTIO_BLK_T_IN, i));
		assert_ok(virtio_dev_stop(&s->vdev));
		ck_assert_uint_eq(virtio_recv_pkts(s->vdev.vqs[0], cookies, NULL, DEPTH), DEPTH);
		ck_assert_uint_eq(virtqueue_recv_failed(s->vdev.vqs[0], cookies, DEPTH), 0);
	}
	end(s);
}
END_TEST

START_TEST(memory_comes_and_goes_under_load)
{
	struct session *s = serve(true, 1, 0);
	void *memory;

	connect_to(s, "");
	start(s, 1);
	for (unsigned i = 0; i < 20; i++) {
		assert_ok(virtio_mem_alloc(8u << 20, NULL, &memory));
		assert_ok(submit(s, &s->requests[0], 0, VIRTIO_BLK_T_IN, i));
		check_data(complete(s, 0));
		assert_ok(virtio_mem_free(memory));
		assert_ok(submit(s, &s->requests[0], 0, VIRTIO_BLK_T_IN, i));
		check_data(complete(s, 0));
	}
	end(s);
}
END_TEST

/* One client at a time: the second is not left waiting for ever. */
START_TEST(a_second_client_is_told_that_it_is_busy)
{
	struct session *s = serve(true, 1, 0);
	char *address = server_address(s->server, ",timeout=300");
	struct virtio_dev second = { 0 };
	const uint64_t began = now_ms();

	connect_to(s, "");
	ck_assert_int_eq(virtio_dev_open(&second, "second", address), -ETIMEDOUT);
	assert_error_says("busy");
	ck_assert_uint_lt(now_ms() - began, 5000);
	g_free(address);
	end(s);
}
END_TEST

/* Every cookie once, within the time that was allowed for a stop. */
static void collect_failed(struct session *s, unsigned n)
{
	const uint64_t deadline = now_ms() + 5000;
	unsigned got = 0;
	void *cookie;

	while (got < n) {
		ck_assert_uint_lt(now_ms(), deadline);
		ck_assert_uint_eq(virtio_recv_pkts(s->vdev.vqs[0], &cookie, NULL, 1), 0);
		got += virtqueue_recv_failed(s->vdev.vqs[0], &cookie, 1);
	}
	ck_assert_uint_eq(virtqueue_recv_failed(s->vdev.vqs[0], &cookie, 1), 0);
}

START_TEST(a_killed_server_fails_every_cookie)
{
	struct session *s = serve(false, 1, 2000);

	connect_to(s, "");
	start(s, 1);
	for (unsigned i = 0; i < DEPTH; i++)
		assert_ok(submit(s, &s->requests[i], 0, VIRTIO_BLK_T_IN, i));
	server_signal(s->server, SIGKILL);
	collect_failed(s, DEPTH);
	ck_assert_int_eq(virtqueue_get_error(s->vdev.vqs[0]), -ECONNRESET);
	end(s);
}
END_TEST

START_TEST(a_stopped_server_makes_stop_time_out)
{
	struct session *s = serve(false, 1, 10);
	const uint64_t began = now_ms();

	connect_to(s, ",timeout=500");
	start(s, 1);
	server_signal(s->server, SIGSTOP);
	assert_ok(submit(s, &s->requests[0], 0, VIRTIO_BLK_T_IN, 0));
	ck_assert_int_eq(virtio_dev_stop(&s->vdev), -ETIMEDOUT);
	ck_assert_uint_lt(now_ms() - began, 5000);
	collect_failed(s, 1);
	end(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		one_queue_reads_right_at_every_size,
		two_queues_read_right_at_every_size,
		four_queues_read_right_at_every_size,
		a_queue_of_two_flushes,
		without_ring_features_it_reads_right,
		writes_reach_the_disk,
		the_capacity_is_in_the_config,
		too_much_config_is_no_data,
		it_starts_again_on_the_same_connection,
		requests_in_flight_at_a_stop_complete,
		memory_comes_and_goes_under_load,
		a_second_client_is_told_that_it_is_busy,
		a_killed_server_fails_every_cookie,
		a_stopped_server_makes_stop_time_out,
	};
	int status;

	program = need_program("qemu-storage-daemon", "qemu-system-common");
	status = RUN_TESTS("vhost-user/qsd", tests);
	g_free(program);
	return status;
}
