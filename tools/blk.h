/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio block device driven through the library: what copy, bench and
 * selftest share.
 *
 * A request is in flight from blk_submit() until blk_reap() gives it back.
 * Its header and status byte lie in device memory, everything that decides
 * anything lies here. One thread per queue. VIRTIO 1.3, 5.2.
 */
#ifndef BLK_H
#define BLK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virtio-poll/virtio.h>

#define SECTOR_SIZE 512

/* What the device promises, checked. */
struct blk {
	struct virtio_dev vdev;
	uint64_t capacity;	/* sectors of 512 bytes */
	uint32_t block_size;	/* of the medium: a power of 2, 512 or more */
	uint32_t segment_max;	/* bytes in one segment */
	uint32_t segments;	/* data segments in one request */
	uint16_t queues;	/* the device's; after blk_start those in use */
	bool read_only;
	bool can_flush;
	bool zero_unmaps;	/* a range of zeroes can give its space back */
	uint32_t zero_max;	/* bytes of zeroes one request can write; 0: it cannot */
	const char *address;	/* the caller's */
	uint64_t timeout_ms;
	uint64_t owes_since_ns;	/* when it last answered, or was asked when idle */
	uint64_t looked_ns;	/* when it was last asked whether it needs a reset */
};

/* Request types (VIRTIO_BLK_T_*). */
enum blk_operation {
	BLK_READ = 0,
	BLK_WRITE = 1,
	BLK_FLUSH = 4,
	BLK_WRITE_ZEROES = 13,
};

struct blk_wire;	/* what the device sees of a request */

struct blk_request {
	struct blk_wire *wire;
	void *data;		/* device memory */
	uint64_t sector;
	uint32_t bytes;		/* a multiple of 512; 0 for a flush; BLK_WRITE_ZEROES has
				 * no data, and up to zero_max of them */
	enum blk_operation operation;
	uint64_t started_ns;	/* the caller's */
	uint64_t cookie;	/* the caller's */
};

/*
 * Opens the device at address, negotiates and reads its limits. An exit
 * status; anything but EXIT_DONE after a sentence, with nothing to close.
 */
int blk_open(struct blk *blk, const char *address, uint64_t timeout_ms);

/* Starts up to `queues` of its queues; blk->queues says how many. As above. The
 * limits can be lower afterwards, since a request has to fit a queue. */
int blk_start(struct blk *blk, unsigned queues);

/*
 * A device that has not completed anything for that many milliseconds is given
 * up: as much of the timeout_ms that the user gave is left then as stopping
 * and closing may take.
 */
uint64_t blk_patience(const struct blk *blk);

/* The device has answered, or is asked for the first time since it has. */
void blk_heard(struct blk *blk, uint64_t now);

/*
 * Stops and closes the device, in what is left of timeout_ms since it was
 * heard, or a second if a signal wants the end. Says so if it would not stop.
 * Nothing on a closed one.
 */
void blk_close(struct blk *blk);

/* Bytes that one request can carry, a multiple of the block size; 0 for none. */
uint32_t blk_request_limit(const struct blk *blk);

/* All the data of a command's requests: more is no faster, and would have the
 * kernel end programs for want of memory. */
#define BLK_DATA_MAX (1ull << 30)

/*
 * `count` requests with `bytes` of data each, all in memory that the device can
 * be given. NULL after a sentence. The memory may be freed once the device is
 * closed.
 */
struct blk_request *blk_requests_new(struct blk *blk, unsigned count, uint32_t bytes);
void blk_requests_free(struct blk_request *requests);

/* Says why the library had no memory for the device, and what would help. */
void blk_complain_memory(struct blk *blk, int err);

/* Puts the request on the queue, not visible before virtqueue_req_flush. As
 * virtqueue_req_submit: -ENOMEM means not now. */
int blk_submit(const struct blk *blk, struct virtqueue *vq, struct blk_request *request);

/* Takes completed requests back: how many. */
unsigned blk_reap(struct virtqueue *vq, struct blk_request **requests, unsigned max);

/* The status byte of a completed request: 0 if it was carried out. */
uint8_t blk_request_status(const struct blk_request *request);

/* Says which sectors and why, after blk_request_status was not 0. */
void blk_complain_request(const struct blk_request *request, uint8_t status);

#define BLK_END_SIZE 512

/* Has the queue ended? Says why, with the rule that the device broke. */
bool blk_queue_end(struct virtqueue *vq, char why[BLK_END_SIZE]);

/* Does the device ask for a reset? Says so. A control call: one thread at a time. */
bool blk_needs_reset(struct blk *blk);

/* The same, but no more often than every 10 ms by the clock. */
bool blk_look(struct blk *blk, uint64_t now);

uint64_t now_ns(void);

#endif /* BLK_H */
