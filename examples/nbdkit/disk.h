/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio block device that many threads use at once: what plugin.c serves.
 *
 * disk.c opens the device and knows its limits, queue.c carries one request
 * to the device and back, transfer.c makes requests of ranges of bytes.
 * Nothing here knows NBD, but for nbdkit_error() as the log.
 */
#ifndef NBDKIT_DISK_H
#define NBDKIT_DISK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_blk.h>

#include <virtio-poll/virtio.h>

#define SECTOR		512u
#define CHUNK		(256u << 10)	/* bytes of data in one request, at most */
#define SLOTS		32u		/* requests in flight, at most */
#define QUEUES_MAX	16u
#define SEGMENTS_MAX	254u

/* A virtqueue belongs to one thread at a time: to the one that holds the lock. */
struct queue {
	pthread_mutex_t lock;
	struct virtqueue *vq;
	bool polled;			/* one thread polls for all that wait */
};

/* What the device sees of a request beside its data. */
struct wire {
	struct virtio_blk_outhdr header;
	uint8_t status;			/* written by the device */
	uint8_t pad[47];		/* a cache line for each */
};

/* A request: its memory, and the thread that waits for it. */
struct slot {
	struct slot *next;		/* while it is free */
	struct wire *wire;		/* device memory */
	char *data;			/* device memory, CHUNK bytes */
	_Atomic(struct queue *) waits_on; /* changes under that queue's lock */
	pthread_cond_t wake;
	bool in_flight;			/* the device may use its memory */
};

struct disk {
	struct virtio_dev dev;
	const char *address;
	unsigned timeout_s;		/* for one request */
	pthread_mutex_t control;	/* one thread at a time may make control calls */
	atomic_bool lost;		/* for good: each request fails from now on */

	_Atomic uint64_t size;		/* bytes */
	uint32_t block;			/* bytes, a power of 2: all requests consist of such */
	uint32_t segment_max;		/* bytes in one segment */
	uint32_t segments;		/* data segments in one request */
	uint32_t chunk;			/* bytes in one request */
	uint64_t trim_max;		/* bytes in one request; 0: cannot trim */
	uint64_t trim_unit;		/* bytes: where to cut longer ones */
	uint64_t zero_max;		/* bytes in one request; 0: cannot zero */
	bool zero_may_unmap;
	bool read_only;
	bool write_back;		/* writes are safe only after a flush */

	struct queue queues[QUEUES_MAX];
	unsigned n_queues;
	atomic_uint n_threads;

	struct slot slots[SLOTS];
	void *wires;			/* memory of all slots */
	void *data;
	struct slot *free_slots;
	pthread_mutex_t slots_lock;
	pthread_cond_t slot_returned;

	/* Writing part of a block means reading the block first: nobody else
	 * may write then. Held for reading by writers of whole blocks. */
	pthread_rwlock_t blocks;
};

/* 0, or -errno after nbdkit_error; then there is nothing to close. `disk` is
 * zeroed but for address and timeout_s. */
int disk_open(struct disk *disk);

/* No request may be running. */
void disk_close(struct disk *disk);

/* Asks the device how large it is by now. 0 or -errno after nbdkit_error. */
int disk_update_size(struct disk *disk);

/* Nothing will come from this device any more: says why, once. */
void disk_lose(struct disk *disk, const char *why);

/* Looks whether the device is gone or wants a reset. */
void disk_look(struct disk *disk);

/* A free slot, waited for; NULL if the disk is lost. What the device has not
 * given back is never free again. */
struct slot *slot_get(struct disk *disk);
void slot_put(struct disk *disk, struct slot *slot);

/* Sends a request (VIRTIO_BLK_T_*) with `bytes` of the slot's data and waits
 * for its end. 0, -EIO or -ENOTSUP. */
int queue_run(struct disk *disk, struct slot *slot, uint32_t type, uint64_t offset,
	      uint32_t bytes);

/* Any range within the disk. 0 or -errno. */
int disk_read(struct disk *disk, char *buf, uint32_t count, uint64_t offset);
/* buf may be NULL: zeroes. */
int disk_write(struct disk *disk, const char *buf, uint32_t count, uint64_t offset);
int disk_flush(struct disk *disk);
int disk_trim(struct disk *disk, uint32_t count, uint64_t offset);
int disk_zero(struct disk *disk, uint32_t count, uint64_t offset, bool may_unmap);

#endif /* NBDKIT_DISK_H */
