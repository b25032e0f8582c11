/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request as the device sees it: bytes to read, then bytes to write, each
 * scattered over segments as the driver liked.
 *
 * The segments are a copy in the queue's own scratch memory, checked against
 * the told memory; taking bytes off either end changes the copy only.
 */
#ifndef LOOPBACK_CHAIN_H
#define LOOPBACK_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct span {
	struct iovec *iov;
	uint32_t n;
	uint64_t len;		/* bytes in all n segments */
};

struct chain {
	struct span out;	/* the device reads it */
	struct span in;		/* the device writes it; its iov follow those of out */
};

/* Moves len bytes from the front of out to dst; false, and nothing moved, if
 * there are fewer. */
bool chain_pull(struct chain *chain, void *dst, size_t len);

/* Takes the last writable byte off; NULL if there is none. */
uint8_t *chain_take_last(struct chain *chain);

/* Writes up to len bytes from src to the front of in; returns how many. */
size_t chain_fill(struct chain *chain, const void *src, size_t len);

#endif /* LOOPBACK_CHAIN_H */
