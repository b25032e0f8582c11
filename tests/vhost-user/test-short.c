/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kernel that sends and receives one byte at a time, interrupts every call
 * and has no room half of the time: messages and descriptors still arrive
 * whole, and once.
 *
 * The plugin's parts are linked into this program, and its system calls go
 * through the functions below.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front.h"
#include "negotiate.h"
#include "request.h"
#include "rig.h"

/* Of the test's own thread; the peer has an ordinary kernel. */
static __thread bool mean, no_poll, no_time;
static __thread unsigned calls, polls;

ssize_t __real_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __real_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __real_virtio_time_left(void);
int __wrap_virtio_time_left(void);

/* EINTR, EAGAIN, then one byte. */
static int fate(void)
{
	switch (calls++ % 3) {
	case 0: return EINTR;
	case 1: return EAGAIN;
	default: return 0;
	}
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct iovec iov = msg->msg_iov[0];
	struct msghdr one = *msg;

	if (!mean)
		return __real_sendmsg(fd, msg, flags);
	ck_assert_int_eq(flags & (MSG_NOSIGNAL | MSG_DONTWAIT), MSG_NOSIGNAL | MSG_DONTWAIT);
	errno = fate();
	if (errno)
		return -1;
	iov.iov_len = 1;
	one.msg_iov = &iov;
	return __real_sendmsg(fd, &one, flags);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	if (!mean)
		return __real_recvmsg(fd, msg, flags);
	ck_assert_int_eq(flags & (MSG_CMSG_CLOEXEC | MSG_DONTWAIT),
			 MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	errno = fate();
	if (errno)
		return -1;
	msg->msg_iov[0].iov_len = 1;
	return __real_recvmsg(fd, msg, flags);
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	if (no_poll) {
		errno = ENOMEM;
		return -1;
	}
	if (!mean || polls++ % 2)
		return __real_poll(fds, n, timeout);
	errno = EINTR;
	return -1;
}

int __wrap_virtio_time_left(void)
{
	return no_time ? 0 : __real_virtio_time_left();
}

static struct vu_front *front_of(struct rig *rig)
{
	struct vu_front *front = vu_front_new();

	ck_assert_ptr_nonnull(front);
	peer_start(&rig->peer);
	front->peer = strdup("peer");
	front->fd = rig->peer.client;
	rig->peer.client = -1;
	return front;
}

static void run_meanly(struct rig *rig)
{
	struct vu_front *front = front_of(rig);
	const int fd = memfd_create("region", MFD_CLOEXEC);
	const uint64_t payload[5] = { 0, 0x10000, 4096, 0x10000, 0 };

	ck_assert_int_eq(ftruncate(fd, 4096), 0);
	mean = true;
	assert_ok(vu_handshake(front));
	assert_ok(vu_request_fd(front, VU_ADD_MEM_REG, payload, sizeof(payload), fd));
	mean = false;
	/* VU-FRAME-3, VU-FRAME-4: else the peer would have hung up. */
	ck_assert_uint_eq(peer_count(&rig->peer, "ADD_MEM_REG fds 1"), 1);
	ck_assert_uint_eq(synced(rig)->nregions, 1);
	close(fd);
	vu_front_free(front);
}

/* VU-FRAME-4, VU-FRAME-9, HARD-VU-4 */
START_TEST(messages_arrive_whole)
{
	struct rig *rig = rig_new();

	run_meanly(rig);
	rig_down(rig);
}
END_TEST

/* VU-FRAME-3 */
START_TEST(messages_arrive_whole_without_acks)
{
	struct rig *rig = rig_new();

	rig->peer.protocol &= ~BIT64(PF_REPLY_ACK);
	run_meanly(rig);
	rig_down(rig);
}
END_TEST

/* VU-MEM-12 */
START_TEST(the_descriptor_is_sent_once)
{
	struct rig *rig = rig_new();
	const unsigned fds = count_fds();

	run_meanly(rig);
	peer_stop(&rig->peer);
	/* The pair of sockets has gone, and nothing else has come. */
	ck_assert_uint_le(count_fds(), fds);
	peer_init(&rig->peer);
	rig_down(rig);
}
END_TEST

static bool read_nothing(struct peer *peer, struct peer_msg *msg)
{
	while (msg->request == SET_VRING_NUM && !__atomic_load_n(&peer->note, __ATOMIC_ACQUIRE))
		usleep(1000);
	return false;
}

/* A server that does not read: its socket fills up, the deadline holds. */
START_TEST(a_full_socket_is_waited_for_and_no_longer)
{
	struct rig *rig = rig_new();
	struct vu_front *front;
	const int small = 1;
	int err = 0;

	rig->peer.protocol = 0;
	rig->peer.hook = read_nothing;
	front = front_of(rig);
	ck_assert_int_eq(setsockopt(front->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	assert_ok(vu_handshake(front));
	for (int i = 0; !err && i < 1000; i++)
		err = vu_request_state(front, VU_SET_VRING_NUM, 0, 256);
	ck_assert_int_eq(err, -ETIMEDOUT);
	assert_error_says("did not take SET_VRING_NUM");
	vu_front_free(front);
	__atomic_store_n(&rig->peer.note, 1, __ATOMIC_RELEASE);
	rig_down(rig);
}
END_TEST

/* What comes too late is not sent, and costs nothing but the call. */
START_TEST(without_time_nothing_is_sent)
{
	struct rig *rig = rig_new();
	struct vu_front *front = front_of(rig);
	uint64_t features;

	assert_ok(vu_handshake(front));
	no_time = true;
	ck_assert_int_eq(vu_request_get_u64(front, VU_GET_FEATURES, &features), -ETIMEDOUT);
	assert_error_says("over before GET_FEATURES");
	ck_assert_int_eq(vu_request_set_u64(front, VU_SET_FEATURES, 0), -ETIMEDOUT);
	no_time = false;
	assert_ok(vu_request_get_u64(front, VU_GET_FEATURES, &features));
	ck_assert_uint_eq(features, rig->peer.features);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_FEATURES"), 0);
	/* What must not be left undone does cost the connection. */
	ck_assert_int_eq(vu_front_must(front, -EREMOTEIO), -EREMOTEIO);
	assert_ok(vu_front_must(front, 0));
	assert_ok(vu_front_check(front));
	ck_assert_int_eq(vu_front_must(front, -ETIMEDOUT), -ETIMEDOUT);
	ck_assert_int_eq(vu_front_check(front), -ECONNRESET);
	vu_front_free(front);
	rig_down(rig);
}
END_TEST

static bool answer_late(struct peer *peer, struct peer_msg *msg)
{
	(void)peer;
	if (msg->request == GET_FEATURES)
		usleep(100000);
	return false;
}

START_TEST(a_poll_that_fails_is_no_timeout)
{
	struct rig *rig = rig_new();
	struct vu_front *front;

	rig->peer.hook = answer_late;
	front = front_of(rig);
	no_poll = true;
	ck_assert_int_eq(vu_handshake(front), -ENOMEM);
	no_poll = false;
	assert_error_says("cannot wait");
	assert_error_says(strerror(ENOMEM));
	vu_front_free(front);
	rig_down(rig);
}
END_TEST

/* A program that has closed its own must not print to the server. */
START_TEST(standard_descriptors_are_left_alone)
{
	const char *path = path_make();
	const struct vu_deadline deadline = vu_deadline_start();
	struct rig *rig = rig_new();
	struct vu_front *front;
	int saved[3];

	peer_listen(&rig->peer, path);
	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		close(fd);
	}
	front = vu_front_new();
	front->fd = vu_socket_connect(path, &deadline);
	for (int fd = 0; fd < 3; fd++)
		dup2(saved[fd], fd);
	ck_assert_int_gt(front->epoll_fd, 2);
	ck_assert_int_gt(front->fd, 2);
	ck_assert_int_eq(fcntl(front->epoll_fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(front->fd, F_GETFD), FD_CLOEXEC);
	vu_front_free(front);
	rig_down(rig);
	path_remove();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		messages_arrive_whole,
		messages_arrive_whole_without_acks,
		the_descriptor_is_sent_once,
		a_full_socket_is_waited_for_and_no_longer,
		without_time_nothing_is_sent,
		a_poll_that_fails_is_no_timeout,
		standard_descriptors_are_left_alone,
	};

	return RUN_TESTS("vhost-user/short", tests);
}
