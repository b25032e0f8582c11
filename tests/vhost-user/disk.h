/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A disk served by a real qemu-storage-daemon, one device of this library on
 * it, and block requests; for the tests of that server.
 */
#ifndef TEST_DISK_H
#define TEST_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_blk.h>

#include <virtio-poll/virtio.h>

#define DISK_LEN	(1u << 20)
#define BLOCK		4096u
#define BLOCKS		(DISK_LEN / BLOCK)
#define DEPTH		16u

/* Where the server is installed; set by main. */
extern char *disk_program;

/* What the image holds. */
extern uint8_t disk[DISK_LEN];

/* One request in memory that the device may be given. */
struct request {
	struct virtio_blk_outhdr header;
	uint8_t status;
	uint8_t data[BLOCK] __attribute__((aligned(512)));
};

struct session {
	struct server *server;
	struct virtio_dev vdev;
	struct request *requests;	/* DEPTH of them */
};

/* Starts a server: of an image, or of a slow disk without content. */
struct session *disk_serve(bool image, unsigned queues, unsigned latency_ms);

/* Opens the device; negotiates and starts it. */
void disk_open(struct session *s, const char *options);
void disk_start(struct session *s, uint16_t queues);

/* Destructs the device, ends the server, frees all. */
void disk_end(struct session *s);

/* Submits and flushes one request of a block. */
int disk_submit(struct session *s, struct request *req, unsigned queue, uint32_t type,
		unsigned block);

/* The next request that completes on the queue, which must have succeeded. */
struct request *disk_complete(struct session *s, unsigned queue);

/* Did it read what the image holds? */
void disk_check(const struct request *req);

/* Reads the whole disk with all queues; as deep as the queues allow. */
void disk_read_all(struct session *s);

#endif /* TEST_DISK_H */
