/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Against DPDK's vhost library in a real dpdk-testpmd: a server with STATUS,
 * with a table of memory instead of slots, that starts rings when all are
 * ready. Frames go through it.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/virtio_net.h>

#include "rig.h"
#include "server.h"

#define FRAME_LEN 64
#define FRAMES 32u

static char *program;

/* io: what arrives on a queue is sent back on it. */
static struct server *serve(void)
{
	struct server *server = server_new();
	char *vdev = g_strdup_printf("net_vhost0,iface=%s,queues=2", server->socket);
	char *prefix = g_strdup_printf("vp%d", (int)getpid());
	const bool up = server_start(server, (const char *const[]){
		program, "--no-huge", "-m", "512", "--no-pci", "--no-telemetry", "--file-prefix",
		prefix, "-l", "0,1", "--vdev", vdev, "--", "--total-num-mbufs=4096", "--rxq=2",
		"--txq=2", "--auto-start", "--forward-mode=io", "--port-topology=loop",
		"--stats-period=60", NULL,
	});

	g_free(vdev);
	g_free(prefix);
	if (up)
		return server;
	server_stop(server);
	return NULL;
}

static void open_it(struct virtio_dev *vdev, const struct server *server)
{
	char *address = server_address(server, ",type=network,timeout=20000");

	assert_ok(virtio_dev_open(vdev, "net", address));
	g_free(address);
}

/* Plain frames: no offloads, no merged buffers. */
static void start(struct virtio_dev *vdev)
{
	assert_ok(virtio_dev_reset(vdev, 0));
	assert_ok(virtio_dev_start(vdev, 2, 0));
}

START_TEST(it_starts_and_stops_again_and_again)
{
	struct server *server = serve();
	struct virtio_dev vdev = { 0 };

	open_it(&vdev, server);
	for (int i = 0; i < 3; i++) {
		assert_ok(virtio_dev_reset(&vdev, ALL_FEATURES));
		assert_ok(virtio_dev_start(&vdev, 4, 0));
		ck_assert_uint_eq(virtio_dev_get_status(&vdev), 0xf);
		assert_ok(virtio_dev_stop(&vdev));
	}
	virtio_dev_destruct(&vdev);
	server_stop(server);
}
END_TEST

/* Posted receive buffers never complete by themselves, and stop anyway. */
START_TEST(posted_buffers_do_not_hold_up_a_stop)
{
	struct server *server = serve();
	struct virtio_dev vdev = { 0 };
	void *memory, *cookies[FRAMES];
	uint64_t began;

	open_it(&vdev, server);
	start(&vdev);
	assert_ok(virtio_mem_alloc(2048 * FRAMES, NULL, &memory));
	for (unsigned i = 0; i < FRAMES; i++) {
		const struct iovec iov = { (char *)memory + 2048 * i, 2048 };

		assert_ok(virtqueue_req_submit(vdev.vqs[0], iov.iov_base, &iov, 0, 1));
	}
	virtqueue_req_flush(vdev.vqs[0]);
	began = now_ms();
	assert_ok(virtio_dev_stop(&vdev));
	ck_assert_uint_lt(now_ms() - began, 5000);
	ck_assert_uint_eq(virtqueue_recv_failed(vdev.vqs[0], cookies, FRAMES), FRAMES);
	virtio_dev_destruct(&vdev);
	virtio_mem_free(memory);
	server_stop(server);
}
END_TEST

static void post(struct virtqueue *vq, char *buffer, unsigned len, bool readable)
{
	const struct iovec iov = { buffer, len };

	assert_ok(virtqueue_req_submit(vq, buffer, &iov, readable, !readable));
	virtqueue_req_flush(vq);
}

START_TEST(frames_come_back)
{
	const size_t header = sizeof(struct virtio_net_hdr_v1);
	struct server *server = serve();
	struct virtio_dev vdev = { 0 };
	const uint64_t deadline = now_ms() + 20000;
	void *memory, *cookie;
	unsigned back = 0;
	char *rx, *tx;

	open_it(&vdev, server);
	start(&vdev);
	assert_ok(virtio_mem_alloc(2048 * (FRAMES + 1), NULL, &memory));
	rx = memory;
	tx = rx + 2048 * FRAMES;
	fill_noise(tx + header, FRAME_LEN, 1);
	tx[header] = 2;		/* a unicast address */
	for (unsigned i = 0; i < FRAMES; i++)
		post(vdev.vqs[0], rx + 2048 * i, 2048, false);
	/* Frames that are sent before the port is up on the other side are lost. */
	while (!back) {
		uint32_t len;

		ck_assert_uint_lt(now_ms(), deadline);
		post(vdev.vqs[1], tx, (unsigned)(header + FRAME_LEN), true);
		while (!virtio_recv_pkts(vdev.vqs[1], &cookie, NULL, 1))
			ck_assert_uint_lt(now_ms(), deadline);
		g_usleep(10000);
		back = virtio_recv_pkts(vdev.vqs[0], &cookie, &len, 1);
		if (back)
			ck_assert_uint_eq(len, header + FRAME_LEN);
	}
	ck_assert_mem_eq((char *)cookie + header, tx + header, FRAME_LEN);
	virtio_dev_destruct(&vdev);
	virtio_mem_free(memory);
	server_stop(server);
}
END_TEST

static void need_server(void)
{
	struct server *server = serve();

	if (server) {
		server_stop(server);
		return;
	}
	printf("skipped: dpdk-testpmd does not start here: %s\n", server_reason);
	exit(77);
}

int main(void)
{
	const TTest *const tests[] = {
		it_starts_and_stops_again_and_again,
		posted_buffers_do_not_hold_up_a_stop,
		frames_come_back,
	};
	int status;

	program = need_program("dpdk-testpmd", "dpdk-dev");
	need_server();
	status = RUN_TESTS("vhost-user/testpmd", tests);
	g_free(program);
	return status;
}
