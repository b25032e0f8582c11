/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Serving the back channel: read a header, drop its payload (no request that
 * is served has one, and the rest is refused), answer if an answer is due.
 *
 * While an answer waits for room in the socket nothing more is read, so a
 * server that floods is held up by its own socket buffers.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backchannel.h"
#include "lift.h"
#include "message.h"
#include "request.h"

/* Requests taken per call. HARD-VU-12 */
#define BUDGET 32

#define ANSWER_OK	0u
#define ANSWER_REFUSED	1u

struct handler {
	uint32_t id;
	const char *name;
	bool always_answered;			/* need_reply or not */
	void (*serve)(struct vu_front *front);	/* NULL: refused */
};

/* VU-BC-2, VU-CFG-2. The engine reads anew when it finds the number changed. */
static void serve_config_change(struct vu_front *front)
{
	front->config_generation++;
	if (front->vdev)
		virtio_dev_report(front->vdev, VIRTIO_EVENT_CONFIG, "%s: the server changed the "
				  "configuration", front->peer);
}

/* What is refused belongs to protocol features that are not accepted. */
static const struct handler handlers[] = {
	{ VU_BACK_IOTLB_MSG, "IOTLB_MSG", false, NULL },
	{ VU_BACK_CONFIG_CHANGE_MSG, "CONFIG_CHANGE_MSG", false, serve_config_change },
	{ VU_BACK_VRING_HOST_NOTIFIER_MSG, "VRING_HOST_NOTIFIER_MSG", false, NULL },
	{ VU_BACK_VRING_CALL, "VRING_CALL", false, NULL },
	{ VU_BACK_VRING_ERR, "VRING_ERR", false, NULL },
	{ VU_BACK_SHARED_OBJECT_ADD, "SHARED_OBJECT_ADD", false, NULL },
	{ VU_BACK_SHARED_OBJECT_REMOVE, "SHARED_OBJECT_REMOVE", false, NULL },
	{ VU_BACK_SHARED_OBJECT_LOOKUP, "SHARED_OBJECT_LOOKUP", true, NULL },	/* VU-BC-8 */
	{ VU_BACK_SHMEM_MAP, "SHMEM_MAP", false, NULL },
	{ VU_BACK_SHMEM_UNMAP, "SHMEM_UNMAP", false, NULL },
};

/* VU-BC-11 */
static const struct handler unknown = { 0, "unknown request", false, NULL };

static const struct handler *find_handler(uint32_t id)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].id == id)
			return &handlers[i];
	return &unknown;
}

int vu_back_open(struct vu_front *front)
{
	int pair[2], theirs, err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return vu_error(front, errno, "cannot make the back channel: %s", strerror(errno));
	front->back = (struct vu_back){ .fd = vu_lift(pair[0]) };
	theirs = vu_lift(pair[1]);
	if (front->back.fd < 0 || theirs < 0)
		err = vu_error(front, errno, "cannot keep the back channel: %s", strerror(errno));
	else
		err = vu_front_watch(front, front->back.fd, VU_TAG_BACK);
	if (!err)
		err = vu_request_fd(front, VU_SET_BACKEND_REQ_FD, NULL, 0, theirs);
	if (theirs >= 0)
		close(theirs);
	return err;
}

void vu_back_close(struct vu_front *front)
{
	if (front->back.fd < 0)
		return;
	vu_front_unwatch(front, front->back.fd);
	close(front->back.fd);
	front->back = (struct vu_back){ .fd = -1 };
}

/* The server goes on without it: it only loses the means to tell of changes. */
static void give_up(struct vu_front *front, const char *why)
{
	virtio_log(VIRTIO_LOG_WARN, "%s: back channel closed: %s", front->peer, why);
	vu_back_close(front);
}

static bool answer_waits(const struct vu_back *back)
{
	return back->out_sent < back->out_len;
}

short vu_back_events(const struct vu_back *back)
{
	return answer_waits(back) ? POLLOUT : POLLIN;
}

/* While an answer waits, it is room in the socket that is to be heard of. */
static void watch_for(struct vu_front *front, uint32_t events)
{
	struct epoll_event event = { .events = events, .data = { .u32 = VU_TAG_BACK } };

	epoll_ctl(front->epoll_fd, EPOLL_CTL_MOD, front->back.fd, &event);
}

/* True when nothing waits any more. */
static bool send_answer(struct vu_front *front)
{
	struct vu_back *back = &front->back;
	ssize_t n;

	while (answer_waits(back)) {
		n = vu_socket_send(back->fd, back->out + back->out_sent,
				   back->out_len - back->out_sent, NULL, 0);
		if (n == -EAGAIN) {
			watch_for(front, EPOLLOUT);
			return false;
		}
		if (n < 0) {
			give_up(front, strerror((int)-n));
			return false;
		}
		back->out_sent += (uint32_t)n;
	}
	return true;
}

/* VU-REPLY-7 */
static bool answer(struct vu_front *front, uint32_t id, uint64_t result)
{
	struct vu_back *back = &front->back;
	uint8_t bytes[VU_HEADER_SIZE + VU_PAYLOAD_MAX];

	back->out_len = (uint32_t)vu_message_build(bytes, id, VU_FLAGS_REPLY, &result,
						   sizeof(result));
	back->out_sent = 0;
	memcpy(back->out, bytes, back->out_len);
	return send_answer(front);
}

/* True if more may be taken. */
static bool serve_request(struct vu_front *front)
{
	struct vu_back_request request;
	const struct handler *handler;

	front->back.in_len = 0;
	if (vu_message_read_back_request(front->back.in, &request) < 0) {
		give_up(front, "the server sent something that is no request");
		return false;
	}
	front->back.skip = request.size;
	handler = find_handler(request.id);
	virtio_log(VIRTIO_LOG_DEBUG, "%s: <- %s (%u)%s", front->peer, handler->name, request.id,
		   handler->serve ? "" : ", refused");
	if (handler->serve)
		handler->serve(front);
	if (!request.need_reply && !handler->always_answered)
		return true;
	return answer(front, request.id, handler->serve ? ANSWER_OK : ANSWER_REFUSED);
}

/* One step of receiving: bytes, or 0 if there is nothing more for now. */
static size_t receive(struct vu_front *front, void *bytes, size_t len)
{
	unsigned surplus;
	const ssize_t n = vu_socket_recv(front->back.fd, bytes, len, &surplus);

	if (n > 0)
		return (size_t)n;
	if (n != -EAGAIN)
		give_up(front, n == 0 ? "the server closed it" : strerror((int)-n));
	return 0;
}

static bool drop_payload(struct vu_front *front)
{
	uint8_t bytes[256];
	struct vu_back *back = &front->back;
	size_t n = back->skip < sizeof(bytes) ? back->skip : sizeof(bytes);

	n = receive(front, bytes, n);
	back->skip -= (uint32_t)n;
	return n > 0;
}

static bool take_header(struct vu_front *front)
{
	struct vu_back *back = &front->back;
	const size_t n = receive(front, back->in + back->in_len, VU_HEADER_SIZE - back->in_len);

	if (n == 0)
		return false;
	back->in_len += (uint32_t)n;
	return back->in_len < VU_HEADER_SIZE || serve_request(front);
}

void vu_back_serve(struct vu_front *front)
{
	if (front->back.fd < 0)
		return;
	if (answer_waits(&front->back)) {
		if (!send_answer(front))
			return;
		watch_for(front, EPOLLIN | EPOLLRDHUP);
	}
	for (int i = 0; i < BUDGET; i++)
		if (!(front->back.skip ? drop_payload(front) : take_header(front)))
			return;
}
