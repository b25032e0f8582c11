/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A vhost-user front-end: one connection to one server, with all its state.
 *
 * The rooms of this folder share this structure and nothing else. All of it
 * belongs to the control side (one call at a time, the engine sees to that),
 * except the rings' kick descriptors, which notify_queue reads next to it:
 * they change only while no data call runs.
 */
#ifndef VHOST_USER_FRONT_H
#define VHOST_USER_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/backend.h>

#include "protocol.h"
#include "socket.h"

struct vu_ring {
	struct virtqueue *vq;	/* NULL if not set up */
	int kick_fd;
	int call_fd;
	int err_fd;
	bool started;		/* the server has its kick, and has not stopped it */
	bool enabled;
};

/* A piece of memory that the engine wants the server to know. */
struct vu_mem_entry {
	void *addr;
	uint64_t len;
	uint64_t fd_offset;
	int fd;
	bool told;		/* the server has it */
};

struct vu_memory {
	struct vu_mem_entry *entries;
	unsigned count;
	unsigned room;
	unsigned limit;		/* entries the server takes at a time */
	bool live;		/* rings may use it: changes are told at once */
};

/* The channel on which the server asks us. */
struct vu_back {
	int fd;			/* our end, -1 without one */
	uint8_t in[VU_HEADER_SIZE];
	uint32_t in_len;
	uint32_t skip;		/* payload bytes still to be dropped */
	uint8_t out[VU_HEADER_SIZE + sizeof(uint64_t)];
	uint32_t out_len;
	uint32_t out_sent;	/* below out_len: a reply waits for room */
};

#define VU_SENTENCE_MAX 320

/*
 * Alive or lost is `fd`, and there is one way (vu_front_lose):
 *
 *	alive			fd >= 0
 *	  | the peer hung up, broke the protocol, or did not answer in time
 *	  v
 *	lost, untold		fd == -1, why_lost says why, !loss_told
 *	  | at once; not from inside a stop that timed out (`stopping`)
 *	  v
 *	lost, told		loss_told: VIRTIO_EVENT_PEER_LOST was raised
 *
 * A loss before there is a vdev is never told: open fails with the sentence.
 * `failed` is no part of this: a step of set_status did not succeed, alive or
 * lost; get_status shows FAILED until a reset succeeds.
 */
struct vu_front {
	struct virtio_dev *vdev;	/* NULL until the device is constructed */
	char *peer;			/* socket path or "fd=N", for sentences */
	struct vu_socket_file file;
	int fd;				/* -1 once the connection is lost */
	char why_lost[VU_SENTENCE_MAX];
	bool loss_told;			/* to the engine */
	bool stopping;			/* in the stop op */
	int epoll_fd;			/* socket, back channel, error eventfds */

	uint64_t offered;		/* feature bits, as they came */
	uint64_t protocol_offered;
	uint64_t protocol;		/* protocol feature bits in use */
	uint64_t queue_num;		/* as the server said, 0 without MQ */
	uint64_t mem_slots;		/* as the server said, 0 if not asked */

	uint16_t queue_size;		/* options */
	uint16_t queue_limit;
	uint16_t device_id;

	uint8_t status;			/* what was set; all there is without STATUS */
	bool failed;			/* a step of the start failed */
	uint32_t config_generation;
	struct vu_memory memory;
	struct vu_back back;
	struct vu_ring rings[VU_MAX_RINGS];
	struct vu_mem_entry parking;	/* addr is NULL until it is needed */
	bool addressed[VU_MAX_RINGS];	/* the server has a ring's address, stopped or not */
};

static inline bool vu_has(const struct vu_front *front, unsigned protocol_bit)
{
	return front->protocol & VU_BIT(protocol_bit);
}

/* An empty front-end; NULL without memory. */
struct vu_front *vu_front_new(void);

/* Ends the connection and frees all; takes half-built ones. */
void vu_front_free(struct vu_front *front);

/* Watches fd (the socket, the back channel, an error eventfd) under a tag:
 * a ring's index, or one of these. */
#define VU_TAG_SOCKET	VU_MAX_RINGS
#define VU_TAG_BACK	(VU_MAX_RINGS + 1)
int vu_front_watch(struct vu_front *front, int fd, uint32_t tag);
void vu_front_unwatch(struct vu_front *front, int fd);

/* virtio_set_error with the peer's name in front. Returns -err. */
int vu_error(const struct vu_front *front, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Ends the connection because of what fmt says, reports the loss to the
 * engine, and returns -err with the sentence. A stop that timed out reports
 * it later: -ETIMEDOUT has to mean that the server may still be writing.
 */
int vu_front_lose(struct vu_front *front, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Tells the engine of the loss, if there is one and it does not know. */
void vu_front_tell_loss(struct vu_front *front);

/* For what must not be left undone for want of time, a stop or a withdrawal:
 * err as it is, but -ETIMEDOUT ends the connection if nothing else has. */
int vu_front_must(struct vu_front *front, int err);

/* 0, or -ECONNRESET with a sentence if the connection was lost before. */
int vu_front_check(struct vu_front *front);

/* Looks at what the peer did: one system call if that is nothing. And the op. */
void vu_front_look(struct vu_front *front);
int vu_front_poll(struct virtio_dev *vdev);

#endif /* VHOST_USER_FRONT_H */
