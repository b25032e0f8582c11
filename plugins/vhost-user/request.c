/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sending a request and reading what confirms it. The only place that waits
 * for the server.
 *
 * One request is under way at a time (VU-FRAME-8). Whatever leaves the two
 * sides in doubt about where the next message begins ends the connection
 * (VU-FRAME-5): there is no other way back.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "backchannel.h"
#include "message.h"
#include "request.h"

/* A request under way. */
struct exchange {
	struct vu_front *front;
	const struct vu_message_type *type;
	struct vu_deadline deadline;
};

/* err is what wait_for() returned. */
static int wait_failed(const struct exchange *x, int err, const char *doing, size_t done,
		       size_t len)
{
	if (err != -ETIMEDOUT)
		return vu_front_lose(x->front, -err, "cannot wait for the server at %s, after "
				     "%zu of %zu bytes: %s", x->type->name, done, len,
				     strerror(-err));
	return vu_front_lose(x->front, ETIMEDOUT, "%s %s in the %d ms that the call had left "
			     "(%zu of %zu bytes came through): the server may be stopped or "
			     "busy, many serve one client at a time", doing, x->type->name,
			     x->deadline.budget_ms, done, len);
}

/*
 * Waits for room or for bytes: 0, -ETIMEDOUT, or what poll() failed with. The
 * main socket is looked at first after each round, so a flood on the back
 * channel cannot hide a reply.
 * VU-REPLY-8, HARD-VU-11
 */
static int wait_for(const struct exchange *x, short events)
{
	struct vu_front *front = x->front;
	int n;

	for (;;) {
		struct pollfd pollers[2] = {
			{ .fd = front->fd, .events = events },
			{ .fd = front->back.fd, .events = vu_back_events(&front->back) },
		};
		const int left = vu_deadline_left(&x->deadline);

		n = poll(pollers, 2, left);
		if (n > 0 && pollers[0].revents)
			return 0;
		if (n > 0 && pollers[1].revents)
			vu_back_serve(front);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (left == 0)
			return -ETIMEDOUT;
	}
}

/* VU-FRAME-3, VU-FRAME-4: after a short send the descriptors have gone. */
static int send_all(const struct exchange *x, const uint8_t *bytes, size_t len,
		    const struct vu_request *request)
{
	size_t sent = 0;
	ssize_t n;
	int err;

	while (sent < len) {
		n = vu_socket_send(x->front->fd, bytes + sent, len - sent, request->fds,
				   sent ? 0 : request->nfds);
		if (n >= 0) {
			sent += (size_t)n;
			continue;
		}
		if (n == -EAGAIN) {
			err = wait_for(x, POLLOUT);
			if (err)
				return wait_failed(x, err, "the server did not take", sent, len);
			continue;
		}
		if (n == -EPIPE || n == -ECONNRESET)
			return vu_front_lose(x->front, ECONNRESET, "the server closed the "
					     "connection before %s, after %zu of %zu bytes",
					     x->type->name, sent, len);
		return vu_front_lose(x->front, (int)-n, "cannot send %s: %s", x->type->name,
				     strerror((int)-n));
	}
	return 0;
}

/* HARD-VU-4, HARD-VU-5, HARD-VU-6 */
static int receive_all(const struct exchange *x, void *bytes, size_t len)
{
	size_t got = 0;
	unsigned surplus;
	ssize_t n;
	int err;

	while (got < len) {
		n = vu_socket_recv(x->front->fd, (uint8_t *)bytes + got, len - got, &surplus);
		if (n > 0 && surplus)
			return vu_front_lose(x->front, EPROTO, "the reply to %s came with %u "
					     "descriptors, it has none", x->type->name, surplus);
		if (n > 0) {
			got += (size_t)n;
			continue;
		}
		if (n == -EAGAIN) {
			err = wait_for(x, POLLIN);
			if (err)
				return wait_failed(x, err, "the server did not answer", got, len);
			continue;
		}
		if (n == 0 || n == -ECONNRESET)
			return vu_front_lose(x->front, ECONNRESET, "the server closed the "
					     "connection in answer to %s, after %zu of %zu bytes",
					     x->type->name, got, len);
		return vu_front_lose(x->front, (int)-n, "cannot receive the reply to %s: %s",
				     x->type->name, strerror((int)-n));
	}
	return 0;
}

/* The first reply of all that is nothing of the protocol's: whose is it? */
static const char *doubt(const struct vu_message_type *type)
{
	return type->id == VU_GET_FEATURES ? "; does a vhost-user server listen there?" : "";
}

static int receive_reply(const struct exchange *x, uint32_t id, void *reply, uint32_t want_min,
			 uint32_t want_max, uint32_t *size)
{
	uint8_t header[VU_HEADER_SIZE];
	struct vu_fault fault;
	int err = receive_all(x, header, sizeof(header));

	if (err)
		return err;
	err = vu_message_read_reply(header, id, want_min, want_max, size, &fault);
	if (err)
		return vu_front_lose(x->front, EPROTO,
				     "the reply to %s has %s %#x, it must be %#x%s", x->type->name,
				     fault.field, fault.got, fault.want, doubt(x->type));
	return receive_all(x, reply, *size);
}

static int receive_u64(const struct exchange *x, uint32_t id, uint64_t *value)
{
	uint32_t size;

	return receive_reply(x, id, value, sizeof(*value), sizeof(*value), &size);
}

static int begin(struct exchange *x, struct vu_front *front, const struct vu_request *request)
{
	int err = vu_front_check(front);

	if (err)
		return err;
	*x = (struct exchange){
		.front = front,
		.type = vu_message_type(request->id),
		.deadline = vu_deadline_start(),
	};
	if (!x->type || !vu_message_fits(x->type, request->len, request->nfds))
		return vu_error(front, EINVAL, "message %u with %zu bytes and %u descriptors is "
				"none of the protocol's", request->id, request->len, request->nfds);
	if (x->type->gate != VU_NO_GATE && !vu_has(front, (unsigned)x->type->gate))
		return vu_error(front, ENOTSUP, "%s needs a protocol feature that was not "
				"negotiated", x->type->name);
	/* Sent without time for the answer, it would cost the connection. */
	if (vu_deadline_left(&x->deadline) == 0)
		return vu_error(front, ETIMEDOUT, "the time of the call was over before %s; see "
				"virtio_dev_set_timeout, or timeout=", x->type->name);
	return 0;
}

static int transmit(const struct exchange *x, const struct vu_request *request, uint32_t flags)
{
	uint8_t bytes[VU_HEADER_SIZE + VU_PAYLOAD_MAX];
	const size_t len = vu_message_build(bytes, request->id, VU_FLAG_VERSION | flags,
					    request->payload, request->len);

	virtio_log(VIRTIO_LOG_DEBUG, "%s: -> %s, %zu bytes, %u descriptors", x->front->peer,
		   x->type->name, request->len, request->nfds);
	return send_all(x, bytes, len, request);
}

/* VU-REPLY-5 */
static int receive_ack(const struct exchange *x)
{
	uint64_t result;
	const int err = receive_u64(x, x->type->id, &result);

	if (err)
		return err;
	if (result)
		return vu_error(x->front, EREMOTEIO, "the server refused %s (it answered %llu); "
				"its own log may say why", x->type->name,
				(unsigned long long)result);
	return 0;
}

/* Requests are served in order: once this one is answered, so is the one before. */
static int fence(const struct exchange *x)
{
	const struct vu_request get_features = { .id = VU_GET_FEATURES };
	uint64_t ignored;
	const int err = transmit(x, &get_features, 0);

	return err ? err : receive_u64(x, VU_GET_FEATURES, &ignored);
}

/* VU-REPLY-2, VU-REPLY-4, VU-REPLY-6 */
int vu_request(struct vu_front *front, const struct vu_request *request)
{
	struct exchange x;
	bool ack;
	int err = begin(&x, front, request);

	if (err)
		return err;
	ack = x.type->confirm != VU_CONFIRM_NONE && vu_has(front, VU_PF_REPLY_ACK);
	err = transmit(&x, request, ack ? VU_FLAG_NEED_REPLY : 0);
	if (err)
		return err;
	if (ack)
		return receive_ack(&x);
	return x.type->confirm == VU_CONFIRM_FENCE ? fence(&x) : 0;
}

int vu_request_set_u64(struct vu_front *front, uint32_t id, uint64_t value)
{
	return vu_request(front, &(struct vu_request){
		.id = id, .payload = &value, .len = sizeof(value),
	});
}

int vu_request_fd(struct vu_front *front, uint32_t id, const void *payload, size_t len, int fd)
{
	return vu_request(front, &(struct vu_request){
		.id = id, .payload = payload, .len = len, .fds = &fd, .nfds = 1,
	});
}

int vu_request_state(struct vu_front *front, uint32_t id, uint32_t index, uint32_t num)
{
	const struct vu_vring_state state = { .index = index, .num = num };

	return vu_request(front, &(struct vu_request){
		.id = id, .payload = &state, .len = sizeof(state),
	});
}

/* VU-REPLY-3: need_reply would change nothing. */
int vu_request_exchange(struct vu_front *front, const struct vu_request *request, void *reply,
			uint32_t want_min, uint32_t want_max, uint32_t *size)
{
	struct exchange x;
	int err = begin(&x, front, request);

	if (err)
		return err;
	if (want_max > x.type->reply_size)
		return vu_error(front, EINVAL, "a reply of %u bytes to %s exceeds %u", want_max,
				x.type->name, x.type->reply_size);
	err = transmit(&x, request, 0);
	return err ? err : receive_reply(&x, request->id, reply, want_min, want_max, size);
}

int vu_request_get_u64(struct vu_front *front, uint32_t id, uint64_t *value)
{
	const struct vu_request request = { .id = id };
	uint32_t size;

	return vu_request_exchange(front, &request, value, sizeof(*value), sizeof(*value), &size);
}
