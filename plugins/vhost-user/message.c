/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of requests, one row each, and the reading and writing of bytes.
 * A new message is a number in protocol.h and a row here.
 *
 * request.c is the only sender and reader; this file never touches a socket.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "message.h"

#define U64		sizeof(uint64_t), sizeof(uint64_t)
#define STATE		sizeof(struct vu_vring_state), sizeof(struct vu_vring_state)
#define REGION		sizeof(struct vu_single_region), sizeof(struct vu_single_region)
#define CONFIG		VU_CONFIG_HEADER, sizeof(struct vu_config)
#define NOTHING		0, 0
#define NO_FD		0, 0
#define ONE_FD		1, 1

/* VU-MSG-1 to VU-MSG-40. RESET_OWNER is never sent: servers disagree on its
 * meaning (VU-NEG-7). */
static const struct vu_message_type types[] = {
	{ VU_GET_FEATURES, "GET_FEATURES", NOTHING, 8, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_REPLY },
	/* A server may hang up over features (VU-ERR-2): learn that here. */
	{ VU_SET_FEATURES, "SET_FEATURES", U64, 0, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_FENCE },
	{ VU_SET_OWNER, "SET_OWNER", NOTHING, 0, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_ACK },
	{ VU_SET_MEM_TABLE, "SET_MEM_TABLE", 8 + 32, sizeof(struct vu_mem_table), 0,
	  1, VU_TABLE_REGIONS, VU_NO_GATE, VU_CONFIRM_FENCE },
	{ VU_SET_VRING_NUM, "SET_VRING_NUM", STATE, 0, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_ACK },
	{ VU_SET_VRING_ADDR, "SET_VRING_ADDR",
	  sizeof(struct vu_vring_addr), sizeof(struct vu_vring_addr), 0, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_ACK },
	{ VU_SET_VRING_BASE, "SET_VRING_BASE", STATE, 0, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_ACK },
	{ VU_GET_VRING_BASE, "GET_VRING_BASE", STATE, 8, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_REPLY },
	{ VU_SET_VRING_KICK, "SET_VRING_KICK", U64, 0, ONE_FD,
	  VU_NO_GATE, VU_CONFIRM_ACK },
	{ VU_SET_VRING_CALL, "SET_VRING_CALL", U64, 0, ONE_FD,
	  VU_NO_GATE, VU_CONFIRM_ACK },
	{ VU_SET_VRING_ERR, "SET_VRING_ERR", U64, 0, ONE_FD,
	  VU_NO_GATE, VU_CONFIRM_ACK },
	{ VU_GET_PROTOCOL_FEATURES, "GET_PROTOCOL_FEATURES", NOTHING, 8, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_REPLY },
	/* Acks exist only after it, so it is confirmed by what comes next. */
	{ VU_SET_PROTOCOL_FEATURES, "SET_PROTOCOL_FEATURES", U64, 0, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_NONE },
	{ VU_GET_QUEUE_NUM, "GET_QUEUE_NUM", NOTHING, 8, NO_FD,
	  VU_PF_MQ, VU_CONFIRM_REPLY },
	{ VU_SET_VRING_ENABLE, "SET_VRING_ENABLE", STATE, 0, NO_FD,
	  VU_NO_GATE, VU_CONFIRM_FENCE },
	{ VU_SET_BACKEND_REQ_FD, "SET_BACKEND_REQ_FD", NOTHING, 0, ONE_FD,
	  VU_PF_BACKEND_REQ, VU_CONFIRM_ACK },
	{ VU_GET_CONFIG, "GET_CONFIG", CONFIG, sizeof(struct vu_config), NO_FD,
	  VU_PF_CONFIG, VU_CONFIRM_REPLY },
	{ VU_SET_CONFIG, "SET_CONFIG", CONFIG, 0, NO_FD,
	  VU_PF_CONFIG, VU_CONFIRM_FENCE },
	{ VU_RESET_DEVICE, "RESET_DEVICE", NOTHING, 0, NO_FD,
	  VU_PF_RESET_DEVICE, VU_CONFIRM_FENCE },
	{ VU_GET_MAX_MEM_SLOTS, "GET_MAX_MEM_SLOTS", NOTHING, 8, NO_FD,
	  VU_PF_CONFIGURE_MEM_SLOTS, VU_CONFIRM_REPLY },
	{ VU_ADD_MEM_REG, "ADD_MEM_REG", REGION, 0, ONE_FD,
	  VU_PF_CONFIGURE_MEM_SLOTS, VU_CONFIRM_FENCE },
	/* No descriptor. VU-MEM-10 */
	{ VU_REM_MEM_REG, "REM_MEM_REG", REGION, 0, NO_FD,
	  VU_PF_CONFIGURE_MEM_SLOTS, VU_CONFIRM_FENCE },
	{ VU_SET_STATUS, "SET_STATUS", U64, 0, NO_FD,
	  VU_PF_STATUS, VU_CONFIRM_FENCE },
	{ VU_GET_STATUS, "GET_STATUS", NOTHING, 8, NO_FD,
	  VU_PF_STATUS, VU_CONFIRM_REPLY },
};

const struct vu_message_type *vu_message_type(uint32_t id)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].id == id)
			return &types[i];
	return NULL;
}

bool vu_message_fits(const struct vu_message_type *type, size_t len, unsigned fds)
{
	return len >= type->size_min && len <= type->size_max &&
	       fds >= type->fds_min && fds <= type->fds_max;
}

size_t vu_message_build(uint8_t bytes[VU_HEADER_SIZE + VU_PAYLOAD_MAX], uint32_t id,
			uint32_t flags, const void *payload, size_t len)
{
	const struct vu_header header = {
		.request = id,
		.flags = flags,
		.size = (uint32_t)len,
	};

	memcpy(bytes, &header, VU_HEADER_SIZE);
	if (len)
		memcpy(bytes + VU_HEADER_SIZE, payload, len);
	return VU_HEADER_SIZE + len;
}

static int wrong(struct vu_fault *fault, const char *field, uint32_t got, uint32_t want)
{
	*fault = (struct vu_fault){ .field = field, .got = got, .want = want };
	return -EPROTO;
}

/* HARD-VU-1, HARD-VU-2, HARD-VU-3 */
int vu_message_read_reply(const uint8_t bytes[VU_HEADER_SIZE], uint32_t id, uint32_t want_min,
			  uint32_t want_max, uint32_t *size, struct vu_fault *fault)
{
	struct vu_header header;

	memcpy(&header, bytes, VU_HEADER_SIZE);
	if (header.request != id)
		return wrong(fault, "request number", header.request, id);
	if (header.flags != VU_FLAGS_REPLY)
		return wrong(fault, "flags", header.flags, VU_FLAGS_REPLY);
	if (header.size < want_min || header.size > want_max)
		return wrong(fault, "size", header.size, want_max);
	*size = header.size;
	return 0;
}

/*
 * Servers refuse in two ways, by an empty payload and by config.size 0, and
 * tell that they have less in two, by config.size and by the payload's own
 * size. VU-CFG-1, HARD-VU-9
 */
int vu_message_read_config(const struct vu_config *payload, uint32_t size, uint32_t asked)
{
	uint32_t have;

	if (size == 0)
		return 0;
	if (size < VU_CONFIG_HEADER || size > VU_CONFIG_HEADER + asked)
		return -EPROTO;
	if (payload->size > asked)
		return -EPROTO;
	have = size - VU_CONFIG_HEADER;
	return (int)(payload->size < have ? payload->size : have);
}

/* HARD-VU-12 */
int vu_message_read_back_request(const uint8_t bytes[VU_HEADER_SIZE],
				 struct vu_back_request *request)
{
	struct vu_header header;

	memcpy(&header, bytes, VU_HEADER_SIZE);
	if ((header.flags & VU_FLAG_VERSION_MASK) != VU_FLAG_VERSION)
		return -EPROTO;
	if ((header.flags & VU_FLAG_REPLY) || header.size > VU_BACK_PAYLOAD_MAX)
		return -EPROTO;
	request->id = header.request;
	request->size = header.size;
	request->need_reply = header.flags & VU_FLAG_NEED_REPLY;
	return 0;
}
