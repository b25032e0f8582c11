/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scripted server's end of the back channel: asking, and reading answers.
 */
#include "config.h"

#include <check.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "peer.h"

static int back_of(struct peer *peer)
{
	int fd;

	pthread_mutex_lock(&peer->lock);
	fd = peer->back;
	pthread_mutex_unlock(&peer->lock);
	return fd;
}

void peer_ask(struct peer *peer, uint32_t request, bool need_reply, uint32_t size, int fd)
{
	uint8_t bytes[12 + 512] = { 0 };
	const uint32_t header[3] = { request, need_reply ? 0x9 : 0x1, size };
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(header) + size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c = (struct cmsghdr *)control;

	memcpy(bytes, header, sizeof(header));
	if (fd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	ck_assert_int_gt(sendmsg(back_of(peer), &msg, MSG_NOSIGNAL), 0);
}

int64_t peer_answer(struct peer *peer, uint32_t request)
{
	struct { uint32_t request, flags, size; uint8_t value[8]; } reply;
	struct pollfd poller = { .fd = back_of(peer), .events = POLLIN };
	uint64_t value;

	if (poll(&poller, 1, 1000) != 1)
		return -1;
	if (recv(back_of(peer), &reply, 20, MSG_WAITALL) != 20)
		return -1;
	if (reply.request != request || reply.flags != 0x5 || reply.size != 8)
		return -2;
	memcpy(&value, reply.value, sizeof(value));
	return (int64_t)value;
}
