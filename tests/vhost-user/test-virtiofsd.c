/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Against a real virtiofsd: a server without configuration space, with queues
 * that are not alike, that ends with its only client. One FUSE round trip.
 */
#include "config.h"

#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "server.h"

#define REQUEST_QUEUE 1		/* 0 is for urgent requests */
#define QUEUES 2

static char *program;

static struct server *serve(void)
{
	struct server *server = server_new();
	char *share = g_build_filename(server->folder, "share", NULL);
	char *socket = g_strdup_printf("--socket-path=%s", server->socket);
	char *source = g_strdup_printf("source=%s", share);
	bool up;

	g_mkdir_with_parents(share, 0700);
	up = server_start(server, (const char *const[]){
		program, socket, "-o", source, "-o", "cache=none", "-o", "sandbox=chroot",
		"--thread-pool-size=1", "-f", NULL,
	});
	g_free(share);
	g_free(socket);
	g_free(source);
	if (up)
		return server;
	server_stop(server);
	return NULL;
}

static void open_it(struct virtio_dev *vdev, const struct server *server)
{
	char *address = server_address(server, ",type=fs");

	assert_ok(virtio_dev_open(vdev, "fs", address));
	g_free(address);
}

START_TEST(it_starts_and_stops_again_and_again)
{
	struct server *server = serve();
	struct virtio_dev vdev = { 0 };

	open_it(&vdev, server);
	for (int i = 0; i < 3; i++) {
		assert_ok(virtio_dev_reset(&vdev, ALL_FEATURES));
		assert_ok(virtio_dev_start(&vdev, QUEUES, 1));
		ck_assert_uint_eq(vdev.max_queues, QUEUES);
		assert_ok(virtio_dev_stop(&vdev));
	}
	virtio_dev_destruct(&vdev);
	server_stop(server);
}
END_TEST

START_TEST(it_has_no_config_space)
{
	struct server *server = serve();
	struct virtio_dev vdev = { 0 };
	uint8_t byte;

	open_it(&vdev, server);
	ck_assert_int_eq(virtio_dev_read_dev_config(&vdev, 0, &byte, 1), -ENOTSUP);
	virtio_dev_destruct(&vdev);
	server_stop(server);
}
END_TEST

struct init_request {
	struct fuse_in_header in;
	struct fuse_init_in init;
	struct fuse_out_header out;
	struct fuse_init_out reply;
};

static void submit_init(struct virtqueue *vq, struct init_request *req)
{
	const struct iovec iov[4] = {
		{ &req->in, sizeof(req->in) }, { &req->init, sizeof(req->init) },
		{ &req->out, sizeof(req->out) }, { &req->reply, sizeof(req->reply) },
	};

	req->in = (struct fuse_in_header){
		.len = sizeof(req->in) + sizeof(req->init), .opcode = FUSE_INIT, .unique = 77,
	};
	req->init = (struct fuse_init_in){
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
	};
	assert_ok(virtqueue_req_submit(vq, req, iov, 2, 2));
	virtqueue_req_flush(vq);
}

START_TEST(it_answers_fuse_init)
{
	struct server *server = serve();
	struct virtio_dev vdev = { 0 };
	struct init_request *req;
	const uint64_t deadline = now_ms() + 10000;
	void *memory, *cookie;

	open_it(&vdev, server);
	assert_ok(virtio_dev_reset(&vdev, ALL_FEATURES));
	assert_ok(virtio_dev_start(&vdev, QUEUES, 1));
	assert_ok(virtio_mem_alloc(sizeof(*req), NULL, &memory));
	req = memory;
	submit_init(vdev.vqs[REQUEST_QUEUE], req);
	while (!virtio_recv_pkts(vdev.vqs[REQUEST_QUEUE], &cookie, NULL, 1))
		ck_assert_uint_lt(now_ms(), deadline);
	ck_assert_ptr_eq(cookie, req);
	ck_assert_uint_eq(req->out.unique, 77);
	ck_assert_int_eq(req->out.error, 0);
	ck_assert_uint_eq(req->reply.major, FUSE_KERNEL_VERSION);
	virtio_dev_destruct(&vdev);
	virtio_mem_free(memory);
	server_stop(server);
}
END_TEST

/* It may need rights that this user lacks: then there is nothing to test. */
static void need_server(void)
{
	struct server *server = serve();

	if (server) {
		server_stop(server);
		return;
	}
	printf("skipped: virtiofsd does not start here: %s\n", server_reason);
	exit(77);
}

int main(void)
{
	const TTest *const tests[] = {
		it_starts_and_stops_again_and_again,
		it_has_no_config_space,
		it_answers_fuse_init,
	};
	int status;

	program = need_program("/usr/lib/qemu/virtiofsd", "qemu-system-common");
	need_server();
	status = RUN_TESTS("vhost-user/virtiofsd", tests);
	g_free(program);
	return status;
}
