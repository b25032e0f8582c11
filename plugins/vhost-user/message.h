/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each request to the server is made of, and the reading and writing of
 * its bytes.
 *
 * Pure: bytes in, result out. No descriptor, no memory and no error sentence
 * is touched here, so that tests and fuzzers can hand in what they like.
 */
#ifndef VHOST_USER_MESSAGE_H
#define VHOST_USER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

/* How it is known that the server has done what a request asked for. */
enum vu_confirm {
	VU_CONFIRM_NONE,	/* not at all */
	VU_CONFIRM_ACK,		/* its ack, if REPLY_ACK was negotiated */
	VU_CONFIRM_FENCE,	/* its ack, or else the reply to a later GET_FEATURES */
	VU_CONFIRM_REPLY,	/* its own reply */
};

#define VU_NO_GATE (-1)

/* One row per request that this front-end sends. */
struct vu_message_type {
	uint32_t id;
	const char *name;
	uint16_t size_min;	/* of the request's payload */
	uint16_t size_max;
	uint16_t reply_size;	/* of the reply's payload, at most; 0 without one */
	uint8_t fds_min;
	uint8_t fds_max;
	int8_t gate;		/* protocol feature it needs, or VU_NO_GATE */
	enum vu_confirm confirm;
};

/* The row of a request, or NULL for one that is never sent. */
const struct vu_message_type *vu_message_type(uint32_t id);

/* Is a request of this make right for its row? */
bool vu_message_fits(const struct vu_message_type *type, size_t len, unsigned fds);

/* Writes header and payload; returns the bytes written. len is at most VU_PAYLOAD_MAX. */
size_t vu_message_build(uint8_t bytes[VU_HEADER_SIZE + VU_PAYLOAD_MAX], uint32_t id,
			uint32_t flags, const void *payload, size_t len);

/* What is wrong with a reply's header: which field, what it is and should be. */
struct vu_fault {
	const char *field;
	uint32_t got;
	uint32_t want;
};

/*
 * Reads the header of the reply to a request. The payload must be want_min to
 * want_max bytes; *size gets how many. 0, or -EPROTO and *fault.
 */
int vu_message_read_reply(const uint8_t bytes[VU_HEADER_SIZE], uint32_t id, uint32_t want_min,
			  uint32_t want_max, uint32_t *size, struct vu_fault *fault);

/*
 * Reads the payload of size bytes that answers a GET_CONFIG of `asked` bytes
 * from offset 0. Returns how many bytes the server has of these (0: it
 * refused), found at payload->data; or -EPROTO.
 */
int vu_message_read_config(const struct vu_config *payload, uint32_t size, uint32_t asked);

/* A request of the server's, from the back channel. */
struct vu_back_request {
	uint32_t id;
	uint32_t size;		/* bytes of payload that follow */
	bool need_reply;
};

/* Larger payloads are no vhost-user messages. */
#define VU_BACK_PAYLOAD_MAX 4096

/* 0, or -EPROTO: what follows cannot be understood any more. */
int vu_message_read_back_request(const uint8_t bytes[VU_HEADER_SIZE],
				 struct vu_back_request *request);

#endif /* VHOST_USER_MESSAGE_H */
