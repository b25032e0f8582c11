/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio device inside the process on an ops table of the thirteen classic
 * members, as a program ported from elsewhere brings one along. port-block.c
 * and port-scsi.c say what its requests do.
 */
#ifndef PORT_DEVICE_H
#define PORT_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

#include <virtio-poll/virtio.h>
#include <virtio-poll/backend.h>

#define PORT_QUEUES_MAX 8
#define PORT_QUEUE_SIZE 64
#define PORT_SEGMENTS_MAX 16

/* Ends the test: a line that names the place, and the library's sentence. */
#define PORT_CHECK(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: %s does not hold (%s)\n", __FILE__, __LINE__, \
				#cond, virtio_last_error()); \
			exit(1); \
		} \
	} while (0)

/* One request as the device sees it: what it reads, then what it writes. */
struct port_request {
	uint16_t queue;
	int readable;
	int writable;
	struct iovec segs[PORT_SEGMENTS_MAX];
};

struct port_device {
	/* The test fills these in. */
	uint16_t queues;
	uint64_t features;
	const void *config;
	size_t config_len;
	/* Serves a request: the bytes written, or -1 to keep the buffer. */
	int (*serve)(struct port_device *dev, const struct port_request *req);
	void *serve_ctx;

	uint8_t status;
	uint16_t taken[PORT_QUEUES_MAX];	/* available entries that were seen */
	uint16_t used[PORT_QUEUES_MAX];
	unsigned kicks;
	unsigned destructed;
};

extern const struct virtio_dev_ops port_device_ops;

/* len bytes, zeroed, in memory that was registered once, at the first call. */
void *port_alloc(size_t len);

/* What write(ctx, w) writes is this text. */
void port_check_json(void (*write)(void *ctx, struct virtio_json_writer *w), void *ctx,
		     const char *expected);

#endif /* PORT_DEVICE_H */
