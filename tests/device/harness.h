/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the device tier share: a loopback device that is opened,
 * negotiated and started in one call, memory it may be given, and block
 * requests on it.
 *
 * Each helper fails the running test with the library's sentence; a test that
 * expects a failure makes the call itself.
 */
#ifndef DEVICE_HARNESS_H
#define DEVICE_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <check.h>
#include <linux/virtio_blk.h>

#include <virtio-poll/virtio.h>

#define ALL_FEATURES UINT64_MAX

/* A loopback device and the memory its requests lie in. */
struct rig {
	struct virtio_dev vdev;
	struct virtqueue *vq;		/* queue 0, while started */
	char *mem;
	size_t mem_len;
	size_t mem_used;		/* handed out by rig_take */
};

/* Memory only: the test makes the device. */
void rig_prepare(struct rig *rig);

/* Opens "loopback:TEXT"; not yet negotiated. */
void rig_open(struct rig *rig, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Negotiates all features and starts n queues. */
void rig_start(struct rig *rig, uint16_t n);

/* The two in one, with one queue. */
void rig_up(struct rig *rig, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Destructs and frees; a rig that is partly up, or zeroed, is allowed. */
void rig_down(struct rig *rig);

/* len zeroed bytes, aligned to 64, of the rig's memory. */
void *rig_take(struct rig *rig, size_t len);

/* A block request in the rig's memory. */
struct blk_request {
	struct virtio_blk_outhdr *header;
	char *data;
	uint32_t len;
	uint8_t *status;
	bool done;
	uint32_t used_len;
};

struct blk_request *blk_request_new(struct rig *rig, uint32_t type, uint64_t sector, uint32_t len);

/* Submits it on vq, without a flush: the result of virtqueue_req_submit. */
int blk_submit(struct virtqueue *vq, struct blk_request *req);

/* Submits, flushes and waits; the status byte. */
uint8_t blk_do(struct virtqueue *vq, struct blk_request *req);

/* Bytes that differ from place to place and from seed to seed. */
void fill(char *data, size_t len, unsigned seed);
void assert_filled(const char *data, size_t len, unsigned seed);
void assert_zero(const char *data, size_t len);

/* One request each, which succeeds: writes what fill gives; the bytes read. */
void write_sectors(struct rig *rig, uint64_t sector, uint32_t len, unsigned seed);
char *read_sectors(struct rig *rig, uint64_t sector, uint32_t len);

/* A DISCARD or WRITE_ZEROES of one range: the status byte. */
uint8_t ranges(struct rig *rig, uint32_t type, uint64_t sector, uint32_t count, uint32_t flags);

/* Polls until n requests have come back, 10 seconds at most; marks them. */
void blk_wait(struct virtqueue *vq, unsigned n);

/* The like for cookies of any kind: polls until one completes and returns it. */
void *wait_cookie(struct virtqueue *vq, uint32_t *len);

/* Polls until the queue has an error, 10 seconds at most; returns it. */
int wait_error(struct virtqueue *vq);

/* Polls until one of the events has arrived, 10 seconds at most; all that came. */
uint32_t wait_events(struct virtio_dev *vdev, uint32_t events);

/* Milliseconds, monotonic. */
uint64_t now_ms(void);

/* Descriptors that this process has open. */
unsigned count_fds(void);

/* 0 and the text is in virtio_last_error(), else a failed test. */
void assert_error_names(const char *text);

/* A suite of one case with a generous time limit, run: the exit status. */
int run_tests(const char *name, const TTest *const *tests, size_t n);

#define RUN_TESTS(name, tests) run_tests(name, tests, sizeof(tests) / sizeof((tests)[0]))

#endif /* DEVICE_HARNESS_H */
