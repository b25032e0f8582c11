/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scripted server's trace: one line for each message it was sent, with
 * what tests want to know of it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "peer-trace.h"

static const char *const names[] = {
	[GET_FEATURES] = "GET_FEATURES", [SET_FEATURES] = "SET_FEATURES",
	[SET_OWNER] = "SET_OWNER", [SET_MEM_TABLE] = "SET_MEM_TABLE",
	[SET_VRING_NUM] = "SET_VRING_NUM", [SET_VRING_ADDR] = "SET_VRING_ADDR",
	[SET_VRING_BASE] = "SET_VRING_BASE", [GET_VRING_BASE] = "GET_VRING_BASE",
	[SET_VRING_KICK] = "SET_VRING_KICK", [SET_VRING_CALL] = "SET_VRING_CALL",
	[SET_VRING_ERR] = "SET_VRING_ERR", [GET_PROTOCOL_FEATURES] = "GET_PROTOCOL_FEATURES",
	[SET_PROTOCOL_FEATURES] = "SET_PROTOCOL_FEATURES", [GET_QUEUE_NUM] = "GET_QUEUE_NUM",
	[SET_VRING_ENABLE] = "SET_VRING_ENABLE", [SET_BACKEND_REQ_FD] = "SET_BACKEND_REQ_FD",
	[GET_CONFIG] = "GET_CONFIG", [SET_CONFIG] = "SET_CONFIG",
	[RESET_DEVICE] = "RESET_DEVICE", [GET_MAX_MEM_SLOTS] = "GET_MAX_MEM_SLOTS",
	[ADD_MEM_REG] = "ADD_MEM_REG", [REM_MEM_REG] = "REM_MEM_REG",
	[SET_STATUS] = "SET_STATUS", [GET_STATUS] = "GET_STATUS",
};

static const char *name_of(uint32_t request)
{
	if (request < sizeof(names) / sizeof(names[0]) && names[request])
		return names[request];
	return "?";
}

static void describe(const struct peer_msg *msg, char *line, size_t size)
{
	switch (msg->request) {
	case SET_FEATURES: case SET_PROTOCOL_FEATURES: case SET_STATUS:
		snprintf(line, size, "%s %#llx", name_of(msg->request),
			 (unsigned long long)msg->u.u64);
		break;
	case SET_VRING_NUM: case SET_VRING_BASE: case SET_VRING_ENABLE: case GET_VRING_BASE:
		snprintf(line, size, "%s %u %u", name_of(msg->request), msg->u.state.index,
			 msg->u.state.num);
		break;
	case SET_VRING_ADDR: case SET_VRING_KICK: case SET_VRING_CALL: case SET_VRING_ERR:
		snprintf(line, size, "%s %u fds %u", name_of(msg->request), msg->u.state.index,
			 msg->nfds);
		break;
	case GET_CONFIG: case SET_CONFIG:
		snprintf(line, size, "%s %u+%u flags %u", name_of(msg->request),
			 msg->u.config.offset, msg->u.config.size, msg->u.config.flags);
		break;
	case SET_MEM_TABLE: case ADD_MEM_REG: case REM_MEM_REG: case SET_BACKEND_REQ_FD:
		snprintf(line, size, "%s fds %u", name_of(msg->request), msg->nfds);
		break;
	default:
		snprintf(line, size, "%s", name_of(msg->request));
	}
}

void peer_note(struct peer *peer, const struct peer_msg *msg)
{
	const size_t used = strlen(peer->trace);
	char line[128];

	describe(msg, line, sizeof(line));
	snprintf(peer->trace + used, sizeof(peer->trace) - used, "%s%s\n", line,
		 msg->flags == 0x9 ? " ack" : msg->flags == 0x1 ? "" : " BAD FLAGS");
}

unsigned peer_count(struct peer *peer, const char *line)
{
	unsigned n = 0;

	pthread_mutex_lock(&peer->lock);
	for (const char *at = peer->trace; (at = strstr(at, line)); at++)
		if (at == peer->trace || at[-1] == '\n')
			n++;
	pthread_mutex_unlock(&peer->lock);
	return n;
}

char *peer_trace(struct peer *peer)
{
	char *copy;

	pthread_mutex_lock(&peer->lock);
	copy = strdup(peer->trace);
	pthread_mutex_unlock(&peer->lock);
	return copy;
}

void peer_clear_trace(struct peer *peer)
{
	pthread_mutex_lock(&peer->lock);
	peer->trace[0] = '\0';
	pthread_mutex_unlock(&peer->lock);
}
