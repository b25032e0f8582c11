/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses and sockets: connecting, listening, a descriptor that is handed
 * in, and what is said when that does not work.
 */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "rig.h"

static struct virtio_dev vdev;

static int open_path(const char *path, const char *options)
{
	char address[512];

	snprintf(address, sizeof(address), "vhost-user:%s%s", path, options);
	return virtio_dev_open(&vdev, "test", address);
}

static void assert_refused(const char *address, int err, const char *says)
{
	ck_assert_int_eq(virtio_dev_open(&vdev, "test", address), -err);
	assert_error_says("virtio_dev_open: ");
	assert_error_says(says);
}

static int listen_at(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if ((type & ~SOCK_NONBLOCK) == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 0), 0);
	return fd;
}

START_TEST(bad_addresses_are_refused)
{
	assert_refused("vhost-user:", EINVAL, "no socket");
	assert_refused("vhost-user:fd=", EINVAL, "fd=");
	assert_refused("vhost-user:fd=x", EINVAL, "fd=");
	assert_refused("vhost-user:fd=99999999999", EINVAL, "fd=");
	assert_refused("vhost-user:/x,queue-size=3", EINVAL, "power of 2");
	assert_refused("vhost-user:/x,queue-size=0", EINVAL, "queue-size");
	assert_refused("vhost-user:/x,queue-size=65536", EINVAL, "32768");
	assert_refused("vhost-user:/x,num-queues=0", EINVAL, "num-queues");
	assert_refused("vhost-user:/x,num-queues=257", EINVAL, "256");
	assert_refused("vhost-user:/x,type=toaster", EINVAL, "toaster");
	assert_refused("vhost-user:/x,server=maybe", EINVAL, "server");
	assert_refused("vhost-user:fd=0,server=on", EINVAL, "server=on");
	assert_refused("vhost-user:/x,colour=red", EINVAL, "colour");
}
END_TEST

START_TEST(no_such_socket)
{
	assert_refused("vhost-user:/nonexistent/sock", ENOENT, "/nonexistent/sock");
	assert_error_says("start the server");
}
END_TEST

START_TEST(a_path_that_is_too_long_says_the_limit)
{
	char path[200];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(open_path(path, ""), -ENAMETOOLONG);
	assert_error_says("199 bytes");
	assert_error_says("107");
}
END_TEST

START_TEST(a_path_of_107_bytes_is_taken)
{
	char path[108];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(open_path(path, ""), -ENOENT);
}
END_TEST

START_TEST(a_socket_that_nobody_listens_on)
{
	const char *path = path_make();

	close(listen_at(path, SOCK_STREAM));
	ck_assert_int_eq(open_path(path, ""), -ECONNREFUSED);
	assert_error_says("nobody listens");
	path_remove();
}
END_TEST

START_TEST(a_file_is_no_socket)
{
	const char *path = path_make();

	close(open(path, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(open_path(path, ""), -ENOTSOCK);
	assert_error_says("no socket");
	path_remove();
}
END_TEST

START_TEST(a_socket_of_another_kind)
{
	const char *path = path_make();
	const int fd = listen_at(path, SOCK_DGRAM);

	ck_assert_int_eq(open_path(path, ""), -EPROTOTYPE);
	assert_error_says("stream");
	close(fd);
	path_remove();
}
END_TEST

/* A server that serves another client: the backlog takes one more, or none. */
START_TEST(a_busy_server_is_not_waited_for_without_end)
{
	const char *path = path_make();
	const int fd = listen_at(path, SOCK_STREAM);
	const uint64_t start = now_ms();

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(open_path(path, ",timeout=100"), -ETIMEDOUT);
		assert_error_says("busy");
		assert_error_says(path);
	}
	ck_assert_uint_lt(now_ms() - start, 3000);
	close(fd);
	path_remove();
}
END_TEST

START_TEST(a_full_backlog_is_not_waited_for_without_end)
{
	const char *path = path_make();
	const int fd = listen_at(path, SOCK_STREAM);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int clients[8];

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	for (int i = 0; i < 8; i++) {
		clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(clients[i], (struct sockaddr *)&address, sizeof(address)) < 0)
			ck_assert_int_eq(errno, EAGAIN);
	}
	ck_assert_int_eq(open_path(path, ",timeout=100"), -ETIMEDOUT);
	assert_error_says("did not take the connection");
	assert_error_says("busy");
	for (int i = 0; i < 8; i++)
		close(clients[i]);
	close(fd);
	path_remove();
}
END_TEST

START_TEST(connecting_by_path)
{
	const char *path = path_make();
	struct rig *rig = rig_new();

	peer_listen(&rig->peer, path);
	assert_ok(open_path(path, ""));
	virtio_dev_destruct(&vdev);
	rig_down(rig);
	path_remove();
}
END_TEST

START_TEST(the_named_call_connects_by_path)
{
	const char *path = path_make();
	struct rig *rig = rig_new();

	peer_listen(&rig->peer, path);
	assert_ok(virtio_user_dev_init(&vdev, "test", path, 128));
	ck_assert_uint_eq(vdev.backend_ops->get_queue_size(&vdev, 0), 128);
	virtio_dev_destruct(&vdev);
	rig_down(rig);
	path_remove();
}
END_TEST

/* VU-FRAME-7 */
START_TEST(listening_takes_one_server)
{
	const char *path = path_make();
	struct rig *rig = rig_new();

	peer_connect(&rig->peer, path);
	assert_ok(open_path(path, ",server=on"));
	ck_assert_int_eq(access(path, F_OK), 0);
	virtio_dev_destruct(&vdev);
	ck_assert_int_ne(access(path, F_OK), 0);
	rig_down(rig);
	path_remove();
}
END_TEST

START_TEST(listening_ends_with_the_deadline)
{
	const char *path = path_make();
	const unsigned fds = count_fds();

	ck_assert_int_eq(open_path(path, ",server=on,timeout=100"), -ETIMEDOUT);
	assert_error_says("no server connected");
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_uint_eq(count_fds(), fds);
	path_remove();
}
END_TEST

START_TEST(a_stale_socket_is_replaced)
{
	const char *path = path_make();
	struct rig *rig = rig_new();

	close(listen_at(path, SOCK_STREAM));
	peer_connect(&rig->peer, path);
	assert_ok(open_path(path, ",server=on"));
	virtio_dev_destruct(&vdev);
	rig_down(rig);
	path_remove();
}
END_TEST

/* Nor called: it may serve one client and end. Some are not listening yet. */
START_TEST(a_live_socket_is_not_replaced)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const char *path = path_make();
		const int fd = listen_at(path, types[i] | SOCK_NONBLOCK);

		ck_assert_int_eq(open_path(path, ",server=on,timeout=100"), -EADDRINUSE);
		assert_error_says("another program");
		ck_assert_int_eq(access(path, F_OK), 0);
		ck_assert_int_eq(accept(fd, NULL, NULL), -1);
		close(fd);
		path_remove();
	}
}
END_TEST

START_TEST(a_file_is_not_replaced)
{
	const char *path = path_make();

	close(open(path, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(open_path(path, ",server=on,timeout=100"), -EADDRINUSE);
	assert_error_says("no socket");
	ck_assert_int_eq(access(path, F_OK), 0);
	path_remove();
}
END_TEST

START_TEST(what_another_put_there_is_not_removed)
{
	const char *path = path_make();
	struct rig *rig = rig_new();
	int fd;

	peer_connect(&rig->peer, path);
	assert_ok(open_path(path, ",server=on"));
	unlink(path);
	fd = listen_at(path, SOCK_STREAM);
	virtio_dev_destruct(&vdev);
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	rig_down(rig);
	path_remove();
}
END_TEST

START_TEST(descriptors_that_will_not_do)
{
	char address[64];
	int pair[2], file = open("/dev/null", O_RDWR);

	assert_refused("vhost-user:fd=777", EBADF, "fd=777");
	snprintf(address, sizeof(address), "vhost-user:fd=%d", file);
	assert_refused(address, ENOTSOCK, "no socket");
	close(file);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	snprintf(address, sizeof(address), "vhost-user:fd=%d", pair[0]);
	assert_refused(address, EPROTOTYPE, "stream");
	close(pair[0]);
	close(pair[1]);

	file = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address, sizeof(address), "vhost-user:fd=%d", file);
	assert_refused(address, ENOTCONN, "not connected");
	close(file);
}
END_TEST

START_TEST(the_descriptor_may_be_an_option)
{
	struct rig *rig = rig_new();
	char address[64];

	peer_start(&rig->peer);
	snprintf(address, sizeof(address), "vhost-user:,fd=%d", rig->peer.client);
	assert_ok(virtio_dev_open(&vdev, "test", address));
	virtio_dev_destruct(&vdev);
	rig_down(rig);
}
END_TEST

/* It is duplicated, and its flags are the program's. */
START_TEST(the_descriptor_stays_the_programs)
{
	struct rig *rig = rig_new();
	char address[64];
	int flags, fd_flags;

	peer_start(&rig->peer);
	flags = fcntl(rig->peer.client, F_GETFL);
	fd_flags = fcntl(rig->peer.client, F_GETFD);
	snprintf(address, sizeof(address), "vhost-user:fd=%d", rig->peer.client);
	assert_ok(virtio_dev_open(&vdev, "test", address));
	assert_ok(virtio_dev_reset(&vdev, ALL_FEATURES));
	ck_assert_int_eq(fcntl(rig->peer.client, F_GETFL), flags);
	virtio_dev_destruct(&vdev);
	ck_assert_int_eq(fcntl(rig->peer.client, F_GETFD), fd_flags);
	rig_down(rig);
}
END_TEST

/* Else the server would wait for a client that has gone. */
START_TEST(destruct_hangs_up_although_the_program_has_a_copy)
{
	struct rig *rig = rig_new();
	char address[64], byte;

	peer_start(&rig->peer);
	snprintf(address, sizeof(address), "vhost-user:fd=%d", rig->peer.client);
	assert_ok(virtio_dev_open(&vdev, "test", address));
	virtio_dev_destruct(&vdev);
	pthread_join(rig->peer.thread, NULL);
	rig->peer.running = false;
	ck_assert_int_eq(recv(rig->peer.client, &byte, 1, MSG_DONTWAIT), 0);
	rig_down(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		bad_addresses_are_refused,
		no_such_socket,
		a_path_that_is_too_long_says_the_limit,
		a_path_of_107_bytes_is_taken,
		a_socket_that_nobody_listens_on,
		a_file_is_no_socket,
		a_socket_of_another_kind,
		a_busy_server_is_not_waited_for_without_end,
		a_full_backlog_is_not_waited_for_without_end,
		connecting_by_path,
		the_named_call_connects_by_path,
		listening_takes_one_server,
		listening_ends_with_the_deadline,
		a_stale_socket_is_replaced,
		a_live_socket_is_not_replaced,
		a_file_is_not_replaced,
		what_another_put_there_is_not_removed,
		descriptors_that_will_not_do,
		the_descriptor_may_be_an_option,
		the_descriptor_stays_the_programs,
		destruct_hangs_up_although_the_program_has_a_copy,
	};

	return RUN_TESTS("vhost-user/sockets", tests);
}
