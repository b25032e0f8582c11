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

#include "disk.h"
#include "rig.h"
#include "server.h"

static void read_with_sizes(unsigned queues)
{
	static const char *const sizes[] = {
		",queue-size=4", ",queue-size=16", ",queue-size=128", ",queue-size=256",
		",queue-size=1024",
	};
	struct session *s = disk_serve(true, queues, 0);

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		disk_open(s, sizes[i]);
		disk_start(s, queues);
		disk_read_all(s);
		virtio_dev_destruct(&s->vdev);
	}
	disk_end(s);
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
	struct session *s = disk_serve(true, 1, 0);
	struct request *req;

	disk_open(s, ",queue-size=2");
	disk_start(s, 1);
	req = &s->requests[0];
	for (unsigned i = 0; i < 1000; i++) {
		const struct iovec iov[2] = {
			{ &req->header, sizeof(req->header) }, { &req->status, 1 },
		};

		req->header = (struct virtio_blk_outhdr){ .type = htole32(VIRTIO_BLK_T_FLUSH) };
		req->status = 0xff;
		assert_ok(virtqueue_req_submit(s->vdev.vqs[0], req, iov, 1, 1));
		virtqueue_req_flush(s->vdev.vqs[0]);
		ck_assert_ptr_eq(disk_complete(s, 0), req);
	}
	disk_end(s);
}
END_TEST

START_TEST(without_ring_features_it_reads_right)
{
	struct session *s = disk_serve(true, 2, 0);

	disk_open(s, ",indirect=off,event-idx=off");
	disk_start(s, 2);
	disk_read_all(s);
	disk_end(s);
}
END_TEST

START_TEST(writes_reach_the_disk)
{
	struct session *s = disk_serve(true, 2, 0);
	char *path = g_build_filename(s->server->folder, "disk", NULL);
	char *content;
	size_t len;

	disk_open(s, "");
	disk_start(s, 2);
	fill_noise(disk, sizeof(disk), 99);
	for (unsigned block = 0; block < BLOCKS; block++) {
		memcpy(s->requests[0].data, disk + block * BLOCK, BLOCK);
		assert_ok(disk_submit(s, &s->requests[0], block % 2, VIRTIO_BLK_T_OUT, block));
		disk_complete(s, block % 2);
	}
	ck_assert(g_file_get_contents(path, &content, &len, NULL));
	ck_assert_uint_eq(len, sizeof(disk));
	ck_assert_mem_eq(content, disk, sizeof(disk));
	g_free(content);
	g_free(path);
	disk_end(s);
}
END_TEST

START_TEST(the_capacity_is_in_the_config)
{
	struct session *s = disk_serve(true, 1, 0);
	uint64_t sectors;

	disk_open(s, "");
	assert_ok(virtio_dev_read_dev_config(&s->vdev, 0, &sectors, sizeof(sectors)));
	ck_assert_uint_eq(le64toh(sectors), DISK_LEN / 512);
	disk_end(s);
}
END_TEST

/* It refuses more than its structure has, and goes on. */
START_TEST(too_much_config_is_no_data)
{
	struct session *s = disk_serve(true, 1, 0);
	uint8_t space[256];

	disk_open(s, "");
	ck_assert_int_eq(virtio_dev_read_dev_config(&s->vdev, 0, space, 256), -ENODATA);
	assert_ok(virtio_dev_read_dev_config(&s->vdev, 0, space, 36));
	disk_end(s);
}
END_TEST

START_TEST(it_starts_again_on_the_same_connection)
{
	struct session *s = disk_serve(true, 4, 0);

	disk_open(s, "");
	for (unsigned i = 0; i < 6; i++) {
		disk_start(s, (uint16_t)(i % 4 + 1));
		disk_read_all(s);
		assert_ok(virtio_dev_stop(&s->vdev));
	}
	disk_end(s);
}
END_TEST

/* It answers GET_VRING_BASE at once, and then drops what it still has. */
START_TEST(requests_in_flight_at_a_stop_complete)
{
	struct session *s = disk_serve(false, 1, 200);
	void *cookies[DEPTH];

	disk_open(s, "");
	for (int round = 0; round < 2; round++) {
		disk_start(s, 1);
		for (unsigned i = 0; i < DEPTH; i++)
			assert_ok(disk_submit(s, &s->requests[i], 0, VIRTIO_BLK_T_IN, i));
		assert_ok(virtio_dev_stop(&s->vdev));
		ck_assert_uint_eq(virtio_recv_pkts(s->vdev.vqs[0], cookies, NULL, DEPTH), DEPTH);
		ck_assert_uint_eq(virtqueue_recv_failed(s->vdev.vqs[0], cookies, DEPTH), 0);
	}
	disk_end(s);
}
END_TEST

START_TEST(memory_comes_and_goes_under_load)
{
	struct session *s = disk_serve(true, 1, 0);
	void *memory;

	disk_open(s, "");
	disk_start(s, 1);
	for (unsigned i = 0; i < 20; i++) {
		assert_ok(virtio_mem_alloc(8u << 20, NULL, &memory));
		assert_ok(disk_submit(s, &s->requests[0], 0, VIRTIO_BLK_T_IN, i));
		disk_check(disk_complete(s, 0));
		assert_ok(virtio_mem_free(memory));
		assert_ok(disk_submit(s, &s->requests[0], 0, VIRTIO_BLK_T_IN, i));
		disk_check(disk_complete(s, 0));
	}
	disk_end(s);
}
END_TEST

/* One client at a time: the second is not left waiting for ever. */
START_TEST(a_second_client_is_told_that_it_is_busy)
{
	struct session *s = disk_serve(true, 1, 0);
	char *address = server_address(s->server, ",timeout=300");
	struct virtio_dev second = { 0 };
	const uint64_t began = now_ms();

	disk_open(s, "");
	ck_assert_int_eq(virtio_dev_open(&second, "second", address), -ETIMEDOUT);
	assert_error_says("busy");
	ck_assert_uint_lt(now_ms() - began, 5000);
	g_free(address);
	disk_end(s);
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
	struct session *s = disk_serve(false, 1, 2000);

	disk_open(s, "");
	disk_start(s, 1);
	for (unsigned i = 0; i < DEPTH; i++)
		assert_ok(disk_submit(s, &s->requests[i], 0, VIRTIO_BLK_T_IN, i));
	server_signal(s->server, SIGKILL);
	collect_failed(s, DEPTH);
	ck_assert_int_eq(virtqueue_get_error(s->vdev.vqs[0]), -ECONNRESET);
	disk_end(s);
}
END_TEST

START_TEST(a_stopped_server_makes_stop_time_out)
{
	struct session *s = disk_serve(false, 1, 10);
	const uint64_t began = now_ms();

	disk_open(s, ",timeout=500");
	disk_start(s, 1);
	server_signal(s->server, SIGSTOP);
	assert_ok(disk_submit(s, &s->requests[0], 0, VIRTIO_BLK_T_IN, 0));
	ck_assert_int_eq(virtio_dev_stop(&s->vdev), -ETIMEDOUT);
	ck_assert_uint_lt(now_ms() - began, 5000);
	collect_failed(s, 1);
	disk_end(s);
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

	disk_program = need_program("qemu-storage-daemon", "qemu-system-common");
	status = RUN_TESTS("vhost-user/qsd", tests);
	g_free(disk_program);
	return status;
}
