/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One request to the server: sent, and waited for as its row in the table of
 * messages says, with the back channel served meanwhile.
 *
 * 0 or -errno with a sentence that names the message. After -ETIMEDOUT,
 * -ECONNRESET and a reply that breaks the protocol the connection is closed;
 * a refusal (-EREMOTEIO) leaves it usable.
 */
#ifndef VHOST_USER_REQUEST_H
#define VHOST_USER_REQUEST_H

#include "front.h"

struct vu_request {
	uint32_t id;
	const void *payload;
	size_t len;
	const int *fds;
	unsigned nfds;
};

/* A request without a reply of its own. */
int vu_request(struct vu_front *front, const struct vu_request *request);

/* The same with a u64, with a payload and one descriptor, with a ring's state. */
int vu_request_set_u64(struct vu_front *front, uint32_t id, uint64_t value);
int vu_request_fd(struct vu_front *front, uint32_t id, const void *payload, size_t len, int fd);
int vu_request_state(struct vu_front *front, uint32_t id, uint32_t index, uint32_t num);

/* A request whose reply has want_min to want_max bytes; *size gets how many. */
int vu_request_exchange(struct vu_front *front, const struct vu_request *request, void *reply,
			uint32_t want_min, uint32_t want_max, uint32_t *size);

/* A request without payload whose reply is a u64. */
int vu_request_get_u64(struct vu_front *front, uint32_t id, uint64_t *value);

#endif /* VHOST_USER_REQUEST_H */
