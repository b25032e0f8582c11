/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cases of selftest: one row each, against the loopback device.
 */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <stdbool.h>

#include "blk.h"

struct selftest {
	struct blk blk;
	char why[256];		/* what was wrong, "" if nothing */
};

struct selftest_case {
	const char *name;
	const char *address;	/* opened before and closed after; NULL: the case does */
	unsigned queues;	/* started, 0 for none */
	void (*run)(struct selftest *t);
};

/* Ends with a NULL name. */
extern const struct selftest_case selftest_cases[];

/* Notes what was wrong if it was the first thing; returns ok. */
bool selftest_check(struct selftest *t, bool ok, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes a pattern to the whole device over all queues, reads it back and
 * compares. selftest-data.c, as the next two. */
void selftest_round_trip(struct selftest *t);
/* One request from submission to completion; its status byte. */
uint8_t selftest_request(struct selftest *t, struct blk_request *request);
/* Byte `at` of the device in the pattern. */
uint8_t selftest_pattern(uint64_t at);

#endif /* SELFTEST_H */
