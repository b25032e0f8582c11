/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scripted server: its thread, its way of reading and writing messages,
 * and what it does by the book. Ring work is in peer-ring.c, the trace in
 * peer-trace.c, the back channel in peer-back.c.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "peer-ring.h"
#include "peer-trace.h"
#include "peer.h"

void peer_init(struct peer *peer)
{
	memset(peer, 0, sizeof(*peer));
	peer->features = BIT64(32) | BIT64(30) | BIT64(29) | BIT64(28);
	peer->protocol = BIT64(PF_MQ) | BIT64(PF_REPLY_ACK) | BIT64(PF_CONFIG) |
			 BIT64(PF_BACKEND_REQ) | BIT64(PF_CONFIGURE_MEM_SLOTS);
	peer->queue_num = 4;
	peer->mem_slots = 32;
	peer->config_len = 60;
	for (unsigned i = 0; i < sizeof(peer->config); i++)
		peer->config[i] = (uint8_t)i;
	peer->close_after = -1;
	peer->back = peer->fd = peer->listener = peer->client = -1;
	for (unsigned i = 0; i < PEER_RINGS; i++)
		peer->rings[i].kick = peer->rings[i].call = peer->rings[i].err = -1;
	pthread_mutex_init(&peer->lock, NULL);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void hang_up(struct peer *peer)
{
	shutdown(peer->fd, SHUT_RDWR);
}

/* Writes, as slowly and as incompletely as was asked for. */
static void put(struct peer *peer, const uint8_t *bytes, size_t len, const int *fds, unsigned nfds)
{
	char control[CMSG_SPACE(253 * sizeof(int))] = { 0 };
	size_t at = 0;

	while (at < len) {
		size_t n = peer->chunk && peer->chunk < len - at ? peer->chunk : len - at;
		struct iovec iov = { .iov_base = (void *)(uintptr_t)(bytes + at) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

		if (peer->close_after >= 0 && peer->written + (long)n > peer->close_after)
			n = (size_t)(peer->close_after - peer->written);
		if (n == 0)
			break;
		iov.iov_len = n;
		if (nfds && at == 0) {
			struct cmsghdr *c = (struct cmsghdr *)control;

			msg.msg_control = control;
			msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
			c->cmsg_level = SOL_SOCKET;
			c->cmsg_type = SCM_RIGHTS;
			c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
			memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
		}
		if (peer->delay_us)
			usleep(peer->delay_us);
		if (sendmsg(peer->fd, &msg, MSG_NOSIGNAL) < 0)
			break;
		at += n;
		if (peer->close_after >= 0)
			peer->written += (long)n;
	}
	if (peer->close_after >= 0 && peer->written >= peer->close_after)
		hang_up(peer);
}

void peer_write(struct peer *peer, uint32_t request, uint32_t flags, uint32_t size,
		const void *payload, uint32_t len, const int *fds, unsigned nfds)
{
	uint8_t bytes[12 + 512];
	const uint32_t header[3] = { request, flags, size };

	memcpy(bytes, header, sizeof(header));
	if (len)
		memcpy(bytes + sizeof(header), payload, len);
	put(peer, bytes, sizeof(header) + len, fds, nfds);
}

void peer_reply(struct peer *peer, uint32_t request, const void *payload, uint32_t size)
{
	peer_write(peer, request, 0x5, size, payload, size, NULL, 0);
}

void peer_reply_u64(struct peer *peer, uint32_t request, uint64_t value)
{
	peer_reply(peer, request, &value, sizeof(value));
}

/* Reads exactly len bytes: false at the end of the connection. */
static bool get(struct peer *peer, void *bytes, size_t len, struct peer_msg *msg)
{
	char control[CMSG_SPACE(16 * sizeof(int))];
	size_t at = 0;

	while (at < len) {
		struct iovec iov = { .iov_base = (uint8_t *)bytes + at, .iov_len = len - at };
		struct msghdr m = {
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof(control),
		};
		const ssize_t n = recvmsg(peer->fd, &m, MSG_CMSG_CLOEXEC);

		if (n <= 0)
			return false;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
			const size_t bytes_of_fds = c->cmsg_len - CMSG_LEN(0);

			memcpy(msg->fds + msg->nfds, CMSG_DATA(c), bytes_of_fds);
			msg->nfds += (unsigned)(bytes_of_fds / sizeof(int));
		}
		at += (size_t)n;
	}
	return true;
}

static bool read_message(struct peer *peer, struct peer_msg *msg)
{
	uint32_t header[3];

	memset(msg, 0, sizeof(*msg));
	if (!get(peer, header, 1, msg))
		return false;
	/* VU-FRAME-3: descriptors come with the first byte or not at all. */
	const unsigned nfds = msg->nfds;

	if (!get(peer, (uint8_t *)header + 1, sizeof(header) - 1, msg))
		return false;
	msg->request = header[0];
	msg->flags = header[1];
	msg->size = header[2];
	if (msg->size > sizeof(msg->u) || !get(peer, msg->u.bytes, msg->size, msg))
		return false;
	return msg->nfds == nfds;
}

static void get_config(struct peer *peer, struct peer_msg *msg)
{
	const uint32_t end = msg->u.config.offset + msg->u.config.size;

	if (end > peer->config_len) {
		peer_reply(peer, GET_CONFIG, NULL, 0);
		return;
	}
	memcpy(msg->u.config.data, peer->config + msg->u.config.offset, msg->u.config.size);
	peer_reply(peer, GET_CONFIG, msg->u.bytes, msg->size);
}

static void set_config(struct peer *peer, const struct peer_msg *msg)
{
	memcpy(peer->config + msg->u.config.offset, msg->u.config.data, msg->u.config.size);
}

/* What has a reply of its own: true if it was given. */
static bool answer(struct peer *peer, struct peer_msg *msg)
{
	const uint32_t index = msg->u.state.index % PEER_RINGS;

	switch (msg->request) {
	case GET_FEATURES:
		peer_reply_u64(peer, msg->request, peer->features);
		return true;
	case GET_PROTOCOL_FEATURES:
		peer_reply_u64(peer, msg->request, peer->protocol);
		return true;
	case GET_QUEUE_NUM:
		peer_reply_u64(peer, msg->request, peer->queue_num);
		return true;
	case GET_MAX_MEM_SLOTS:
		peer_reply_u64(peer, msg->request, peer->mem_slots);
		return true;
	case GET_STATUS:
		peer_reply_u64(peer, msg->request, peer->status);
		return true;
	case GET_CONFIG:
		get_config(peer, msg);
		return true;
	case GET_VRING_BASE:
		peer_ring_stop(&peer->rings[index]);
		msg->u.state.num = peer->rings[index].taken;
		peer_reply(peer, msg->request, msg->u.bytes, 8);
		return true;
	default:
		return false;
	}
}

static void keep_fd(int *slot, struct peer_msg *msg)
{
	close_fd(slot);
	*slot = msg->nfds ? msg->fds[0] : -1;
	msg->nfds = 0;
}

/* The rest; descriptors that are kept are taken out of the message. */
static void obey(struct peer *peer, struct peer_msg *msg)
{
	struct peer_ring *ring = &peer->rings[msg->u.state.index % PEER_RINGS];

	switch (msg->request) {
	case SET_FEATURES: peer->set_features = msg->u.u64; break;
	case SET_PROTOCOL_FEATURES: peer->set_protocol = msg->u.u64; break;
	case SET_STATUS: peer->status = (uint8_t)msg->u.u64; break;
	case SET_CONFIG: set_config(peer, msg); break;
	case SET_VRING_NUM: ring->num = msg->u.state.num; break;
	case SET_VRING_BASE: ring->taken = (uint16_t)msg->u.state.num; break;
	case SET_VRING_ENABLE: ring->enabled = msg->u.state.num; break;
	case SET_VRING_KICK: keep_fd(&ring->kick, msg); ring->started = true; break;
	case SET_VRING_CALL: keep_fd(&ring->call, msg); break;
	case SET_VRING_ERR: keep_fd(&ring->err, msg); break;
	case SET_BACKEND_REQ_FD: keep_fd(&peer->back, msg); break;
	case SET_VRING_ADDR:
		ring->desc = msg->u.addr.desc;
		ring->used = msg->u.addr.used;
		ring->avail = msg->u.addr.avail;
		break;
	case SET_MEM_TABLE: peer_map_table(peer, msg); break;
	case ADD_MEM_REG: peer_map_region(peer, msg); break;
	case REM_MEM_REG: peer_unmap_region(peer, msg); break;
	case RESET_DEVICE: peer->status = 0; break;
	default: break;
	}
}

void peer_by_the_book(struct peer *peer, struct peer_msg *msg)
{
	bool answered, refused;

	pthread_mutex_lock(&peer->lock);
	refused = msg->request == peer->nack;
	answered = answer(peer, msg);
	if (!answered && !refused)
		obey(peer, msg);
	pthread_mutex_unlock(&peer->lock);
	if (!answered && (msg->flags & 0x8))
		peer_reply_u64(peer, msg->request, refused);
}

static void take_connection(struct peer *peer, int fd)
{
	pthread_mutex_lock(&peer->lock);
	peer->fd = fd;
	pthread_mutex_unlock(&peer->lock);
}

static void *run(void *arg)
{
	struct peer *peer = arg;
	struct peer_msg msg;
	bool (*hook)(struct peer *peer, struct peer_msg *msg);

	if (peer->fd < 0)
		take_connection(peer, accept(peer->listener, NULL, NULL));
	while (read_message(peer, &msg)) {
		pthread_mutex_lock(&peer->lock);
		peer_note(peer, &msg);
		hook = peer->hook;
		pthread_mutex_unlock(&peer->lock);
		if (!hook || !hook(peer, &msg))
			peer_by_the_book(peer, &msg);
		for (unsigned i = 0; i < msg.nfds; i++)
			close(msg.fds[i]);
	}
	if (peer->fd >= 0)
		hang_up(peer);
	return NULL;
}

static void start_thread(struct peer *peer)
{
	ck_assert_int_eq(pthread_create(&peer->thread, NULL, run, peer), 0);
	peer->running = true;
}

void peer_start(struct peer *peer)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	peer->fd = pair[0];
	peer->client = pair[1];
	start_thread(peer);
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

void peer_listen(struct peer *peer, const char *path)
{
	const struct sockaddr_un address = address_of(path);

	peer->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(peer->listener, (const struct sockaddr *)&address,
			      sizeof(address)), 0);
	ck_assert_int_eq(listen(peer->listener, 1), 0);
	start_thread(peer);
}

static void *connect_and_run(void *arg)
{
	struct peer *peer = arg;
	struct sockaddr_un address;
	socklen_t len = sizeof(address);

	memcpy(&address, peer->trace, len);
	memset(peer->trace, 0, len);
	take_connection(peer, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	for (int i = 0; i < 500; i++) {
		if (connect(peer->fd, (const struct sockaddr *)&address, len) == 0)
			return run(peer);
		usleep(10000);
	}
	return NULL;
}

void peer_connect(struct peer *peer, const char *path)
{
	const struct sockaddr_un address = address_of(path);

	memcpy(peer->trace, &address, sizeof(address));
	ck_assert_int_eq(pthread_create(&peer->thread, NULL, connect_and_run, peer), 0);
	peer->running = true;
}

void peer_die(struct peer *peer)
{
	int fd;

	pthread_mutex_lock(&peer->lock);
	fd = peer->fd;
	pthread_mutex_unlock(&peer->lock);
	shutdown(fd, SHUT_RDWR);
}

void peer_stop(struct peer *peer)
{
	if (peer->running) {
		shutdown(peer->listener, SHUT_RDWR);
		peer_die(peer);
		pthread_join(peer->thread, NULL);
	}
	for (unsigned i = 0; i < PEER_RINGS; i++) {
		close_fd(&peer->rings[i].kick);
		close_fd(&peer->rings[i].call);
		close_fd(&peer->rings[i].err);
	}
	peer_unmap_all(peer);
	close_fd(&peer->back);
	close_fd(&peer->fd);
	close_fd(&peer->client);
	close_fd(&peer->listener);
	pthread_mutex_destroy(&peer->lock);
}
