/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One step of sending or receiving on a unix stream socket, and descriptors
 * that were handed in. How sockets are connected is in socket-open.c.
 *
 * Nothing here waits, and no descriptor that arrives survives the call.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "protocol.h"
#include "socket.h"

/* SCM_MAX_FD of the kernel: no message carries more descriptors. */
#define KERNEL_MAX_FDS 253

static int socket_option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0 ? -errno : value;
}

int vu_socket_adopt(int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	const int domain = socket_option(fd, SO_DOMAIN);
	int copy;

	if (domain == -EBADF)
		return virtio_set_error(EBADF, "fd=%d is not an open descriptor: the socket must "
					"be connected, and be open in this process", fd);
	if (domain < 0)
		return virtio_set_error(-domain, "fd=%d is no socket: a connected unix stream "
					"socket is needed", fd);
	if (domain != AF_UNIX || socket_option(fd, SO_TYPE) != SOCK_STREAM)
		return virtio_set_error(EPROTOTYPE, "fd=%d is no unix stream socket (AF_UNIX, "
					"SOCK_STREAM), the only kind that vhost-user runs over",
					fd);
	if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0)
		return virtio_set_error(errno, "fd=%d is a socket that is not connected: connect "
					"it first, or give the path instead", fd);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return virtio_set_error(errno, "cannot duplicate fd=%d: %s", fd, strerror(errno));
	return copy;
}

/* VU-FRAME-3, VU-FRAME-9 */
ssize_t vu_socket_send(int socket, const void *bytes, size_t len, const int *fds, unsigned nfds)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(VU_MAX_FDS * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (nfds) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, nfds * sizeof(int));
	}
	do {
		n = sendmsg(socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static unsigned close_descriptors(struct msghdr *msg)
{
	unsigned closed = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int fd;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			close(fd);
			closed++;
		}
	}
	return closed;
}

/* HARD-VU-6: with room for all there can be, none is left behind unseen. */
ssize_t vu_socket_recv(int socket, void *bytes, size_t len, unsigned *surplus)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(KERNEL_MAX_FDS * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = bytes, .iov_len = len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	ssize_t n;

	*surplus = 0;
	do {
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*surplus = close_descriptors(&msg);
	if (msg.msg_flags & MSG_CTRUNC)
		(*surplus)++;
	return n;
}
