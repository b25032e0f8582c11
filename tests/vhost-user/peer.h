/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A scripted vhost-user server on a thread of the test: it answers by the
 * book, keeps a trace of what it was sent, and breaks whatever rule a test
 * asks it to break.
 *
 * Written from the protocol alone, apart from the plugin: nothing of
 * plugins/ is included here.
 */
#ifndef TEST_PEER_H
#define TEST_PEER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define PEER_RINGS 256
#define PEER_REGIONS 32
#define PEER_TRACE 65536

/* Protocol feature bits by their own names. */
enum {
	PF_MQ = 0, PF_REPLY_ACK = 3, PF_BACKEND_REQ = 5, PF_CONFIG = 9, PF_RESET_DEVICE = 13,
	PF_CONFIGURE_MEM_SLOTS = 15, PF_STATUS = 16,
};

/* Requests that tests name. */
enum {
	GET_FEATURES = 1, SET_FEATURES = 2, SET_OWNER = 3, SET_MEM_TABLE = 5, SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9, SET_VRING_BASE = 10, GET_VRING_BASE = 11, SET_VRING_KICK = 12,
	SET_VRING_CALL = 13, SET_VRING_ERR = 14, GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16, GET_QUEUE_NUM = 17, SET_VRING_ENABLE = 18,
	SET_BACKEND_REQ_FD = 21, GET_CONFIG = 24, SET_CONFIG = 25, RESET_DEVICE = 34,
	GET_MAX_MEM_SLOTS = 36, ADD_MEM_REG = 37, REM_MEM_REG = 38, SET_STATUS = 39,
	GET_STATUS = 40,
};

#define BIT64(n) (UINT64_C(1) << (n))

struct peer_msg {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
	union {
		uint8_t bytes[512];
		uint64_t u64;
		struct { uint32_t index, num; } state;
		struct { uint32_t index, flags; uint64_t desc, used, avail, log; } addr;
		struct { uint32_t offset, size, flags; uint8_t data[256]; } config;
	} u;
	int fds[16];
	unsigned nfds;
};

struct peer_ring {
	uint32_t num;
	uint32_t base;
	uint64_t desc, used, avail;
	int kick, call, err;
	bool enabled;
	bool started;
	uint16_t taken;			/* next available index to look at */
};

struct peer_region {
	uint64_t start, len;
	void *map;
	uint64_t map_len;
	uint64_t map_offset;
};

struct peer {
	/* What it offers: to be changed before peer_start. */
	uint64_t features;
	uint64_t protocol;
	uint64_t queue_num;
	uint64_t mem_slots;
	uint32_t config_len;
	uint8_t config[256];

	/* How it misbehaves. */
	bool (*hook)(struct peer *peer, struct peer_msg *msg);	/* true: dealt with */
	long close_after;		/* bytes of replies, then it closes; -1 never */
	unsigned chunk;			/* bytes per write; 0 all at once */
	unsigned delay_us;		/* before each write */
	uint32_t nack;			/* request that is answered with an error ack */
	int note;			/* for hooks */

	/* What it knows. */
	pthread_mutex_t lock;
	char trace[PEER_TRACE];
	uint64_t set_features;
	uint64_t set_protocol;
	uint8_t status;
	struct peer_ring rings[PEER_RINGS];
	struct peer_region regions[PEER_REGIONS];
	unsigned nregions;
	int back;			/* our end of the back channel, -1 */
	unsigned closed_fds;

	pthread_t thread;
	bool running;
	int fd;				/* connection, -1 */
	int listener;
	int client;			/* the other end of a socketpair */
	long written;
};

/* By the book: MQ, REPLY_ACK, CONFIG, BACKEND_REQ, CONFIGURE_MEM_SLOTS with 32
 * slots, 4 queues, 60 bytes of config space that count up. */
void peer_init(struct peer *peer);

/* Starts it on a socket pair; the front-end gets peer->client. */
void peer_start(struct peer *peer);

/* Starts it listening at path, or connecting to it. */
void peer_listen(struct peer *peer, const char *path);
void peer_connect(struct peer *peer, const char *path);

/* Closes its connection, at once. */
void peer_die(struct peer *peer);

/* Ends the thread, closes and frees all. */
void peer_stop(struct peer *peer);

/* How often does the trace hold this line (or this beginning of one)? */
unsigned peer_count(struct peer *peer, const char *line);

/* The trace so far, without what came before the mark; to be freed. */
char *peer_trace(struct peer *peer);
void peer_clear_trace(struct peer *peer);

/* For hooks: answers. */
void peer_reply(struct peer *peer, uint32_t request, const void *payload, uint32_t size);
void peer_reply_u64(struct peer *peer, uint32_t request, uint64_t value);
void peer_write(struct peer *peer, uint32_t request, uint32_t flags, uint32_t size,
		const void *payload, uint32_t len, const int *fds, unsigned nfds);

/* Handles a message as if there were no hook. */
void peer_by_the_book(struct peer *peer, struct peer_msg *msg);

/* Asks on the back channel; 0 or the answer, -1 if none comes within a second. */
void peer_ask(struct peer *peer, uint32_t request, bool need_reply, uint32_t size, int fd);
int64_t peer_answer(struct peer *peer, uint32_t request);

/* Completes up to max available requests of a ring: their last writable byte
 * becomes 0. Returns how many. */
unsigned peer_serve(struct peer *peer, uint32_t ring, unsigned max);

/* Takes up to max without completing them. */
unsigned peer_take(struct peer *peer, uint32_t ring, unsigned max);

/* Writes to a ring's call or error eventfd. */
void peer_call(struct peer *peer, uint32_t ring);
void peer_error(struct peer *peer, uint32_t ring);

/* The kick counter of a ring, read and cleared. */
uint64_t peer_kicks(struct peer *peer, uint32_t ring);

#endif /* TEST_PEER_H */
