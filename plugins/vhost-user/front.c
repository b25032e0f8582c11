/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a front-end, the loss of its connection, and the poll op that
 * notices what the peer did between requests.
 *
 * Losing is one way, whoever notices it: the socket is closed, the reason is
 * kept, the engine is told. Rings and their eventfds stay until del_queue.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backchannel.h"
#include "front.h"
#include "lift.h"
#include "memory.h"
#include "parking.h"
#include "queue.h"

struct vu_front *vu_front_new(void)
{
	struct vu_front *front = calloc(1, sizeof(*front));

	if (!front)
		return NULL;
	front->fd = -1;
	front->back.fd = -1;
	front->parking.fd = -1;
	for (unsigned i = 0; i < VU_MAX_RINGS; i++)
		vu_ring_init(&front->rings[i]);
	front->epoll_fd = vu_lift(epoll_create1(EPOLL_CLOEXEC));
	return front;
}

/*
 * shutdown() as well: the program may hold a copy of a socket it handed in,
 * and the server would wait for it to go. The same copy keeps the epoll entry
 * alive, so that one is removed by hand.
 */
static void close_socket(struct vu_front *front)
{
	if (front->fd < 0)
		return;
	vu_front_unwatch(front, front->fd);
	shutdown(front->fd, SHUT_RDWR);
	close(front->fd);
	front->fd = -1;
}

void vu_front_free(struct vu_front *front)
{
	if (!front)
		return;
	close_socket(front);
	vu_back_close(front);
	for (unsigned i = 0; i < VU_MAX_RINGS; i++)
		vu_ring_close(front, &front->rings[i]);
	vu_parking_free(front);
	vu_memory_free(&front->memory);
	vu_socket_file_remove(&front->file);
	if (front->epoll_fd >= 0)
		close(front->epoll_fd);
	free(front->peer);
	free(front);
}

int vu_front_watch(struct vu_front *front, int fd, uint32_t tag)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data = { .u32 = tag } };

	if (epoll_ctl(front->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return vu_error(front, errno, "cannot watch a descriptor: %s", strerror(errno));
	return 0;
}

void vu_front_unwatch(struct vu_front *front, int fd)
{
	epoll_ctl(front->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

int vu_error(const struct vu_front *front, int err, const char *fmt, ...)
{
	char sentence[VU_SENTENCE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	return virtio_set_error(err, "%s: %s", front->peer, sentence);
}

void vu_front_tell_loss(struct vu_front *front)
{
	if (front->fd >= 0 || !front->vdev || front->loss_told)
		return;
	front->loss_told = true;
	virtio_dev_report(front->vdev, VIRTIO_EVENT_PEER_LOST, "%s: %s", front->peer,
			  front->why_lost);
}

/* HARD-VU-5, HARD-VU-18, VU-ERR-1 */
int vu_front_lose(struct vu_front *front, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(front->why_lost, sizeof(front->why_lost), fmt, args);
	va_end(args);
	close_socket(front);
	vu_back_close(front);
	vu_rings_lost(front);
	if (!front->stopping || err != ETIMEDOUT)
		vu_front_tell_loss(front);
	return vu_error(front, err, "%s", front->why_lost);
}

int vu_front_check(struct vu_front *front)
{
	if (front->fd >= 0)
		return 0;
	if (!front->stopping)
		vu_front_tell_loss(front);
	return vu_error(front, ECONNRESET, "the connection is lost, open the device again (%s)",
			front->why_lost);
}

int vu_front_must(struct vu_front *front, int err)
{
	if (err != -ETIMEDOUT || front->fd < 0)
		return err;
	return vu_front_lose(front, ETIMEDOUT, "no time was left to make the server let go of "
			     "queues or memory, so the connection was closed");
}

/* Between requests the server has nothing to say here. */
static void socket_event(struct vu_front *front)
{
	char byte;
	const ssize_t n = recv(front->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		vu_front_lose(front, EPROTO, "the server sent bytes that nobody asked for");
	else
		vu_front_lose(front, ECONNRESET, "the server closed the connection");
}

static void ring_event(struct vu_front *front, uint32_t index)
{
	uint64_t count;

	if (read(front->rings[index].err_fd, &count, sizeof(count)) < 0)
		return;
	virtio_dev_report(front->vdev, VIRTIO_EVENT_NEEDS_RESET, "%s: the server reports an error "
			  "on queue %u", front->peer, index);
}

static void handle_event(struct vu_front *front, uint32_t tag)
{
	if (front->fd < 0)
		return;
	if (tag == VU_TAG_SOCKET)
		socket_event(front);
	else if (tag == VU_TAG_BACK)
		vu_back_serve(front);
	else if (tag < VU_MAX_RINGS)
		ring_event(front, tag);
}

void vu_front_look(struct vu_front *front)
{
	struct epoll_event events[4];
	int n;

	if (front->fd < 0)
		return;
	n = epoll_wait(front->epoll_fd, events, sizeof(events) / sizeof(events[0]), 0);
	for (int i = 0; i < n; i++)
		handle_event(front, events[i].data.u32);
}

int vu_front_poll(struct virtio_dev *vdev)
{
	vu_front_look(virtio_dev_backend_ctx(vdev));
	return 0;
}
