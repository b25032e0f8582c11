/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the vhost-user plugin share: a device of this library on
 * one end, the scripted server of peer.h on the other.
 *
 * A helper fails the running test with the library's sentence; a test that
 * expects a failure makes the call itself.
 */
#ifndef TEST_RIG_H
#define TEST_RIG_H

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/virtio.h>

#include "peer.h"

#define ALL_FEATURES UINT64_MAX

struct rig {
	struct peer peer;
	struct virtio_dev vdev;
	char *mem;		/* of rig_memory */
};

/* A peer by the book, not started; the test may change what it offers. */
struct rig *rig_new(void);

/* Starts the peer and opens it with these options (",key=value" or ""): the
 * result of virtio_dev_open. */
int rig_open(struct rig *rig, const char *options);

/* The same, and it succeeds; negotiated too; started with n queues too. */
void rig_opened(struct rig *rig, const char *options);
void rig_negotiated(struct rig *rig, const char *options);
void rig_started(struct rig *rig, const char *options, uint16_t n);

/* Negotiates and starts again. */
void rig_restart(struct rig *rig, uint16_t n);

/* Destructs, stops the peer, frees. */
void rig_down(struct rig *rig);

/* A page of memory that the device may be given; freed by rig_down. */
char *rig_memory(struct rig *rig);

/* Submits and flushes n requests of one readable and one writable piece;
 * their cookies are base + i. Both pieces lie in rig_memory. */
void rig_submit(struct rig *rig, unsigned queue, uintptr_t base, unsigned n);

/* Polls until n cookies have come back, completed or failed, 10 seconds at
 * most; each is one of base to base + n - 1, once. How many completed. */
unsigned rig_collect(struct rig *rig, unsigned queue, uintptr_t base, unsigned n);

/* Polls for events, 10 seconds at most, until one of these is there; all of them. */
uint32_t rig_events(struct rig *rig, uint32_t wanted);

/* The peer, with all that its thread has done visible to this one. */
struct peer *synced(struct rig *rig);

/* For a peer that runs already: from the next message on. */
void rig_hook(struct rig *rig, bool (*hook)(struct peer *peer, struct peer_msg *msg));
void rig_nack(struct rig *rig, uint32_t request);

/* Waits until the trace holds the line n times. */
void rig_await(struct rig *rig, const char *line, unsigned n);

uint64_t now_ms(void);
unsigned count_fds(void);

/* A path for a socket in a folder of this process, emptied by path_remove. */
const char *path_make(void);
void path_remove(void);

#define assert_error_says(text) \
	ck_assert_msg(strstr(virtio_last_error(), text) != NULL, \
		      "\"%s\" does not say \"%s\"", virtio_last_error(), text)

#define assert_ok(call) \
	do { \
		const int assert_ok_ret = (call); \
		ck_assert_msg(assert_ok_ret == 0, "%d: %s", assert_ok_ret, virtio_last_error()); \
	} while (0)

/* A suite of one case, run: the exit status. */
int run_tests(const char *name, const TTest *const *tests, size_t n);

#define RUN_TESTS(name, tests) run_tests(name, tests, sizeof(tests) / sizeof((tests)[0]))

#endif /* TEST_RIG_H */
