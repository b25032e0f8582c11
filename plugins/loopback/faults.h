/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Misbehaviour on request: `fault=NAME[:N][+NAME[:N]...]`.
 *
 * The ring asks before it serves a request what is to go wrong with it, and
 * does it; the device asks at the few places of its own. Without faults the
 * one question is whether there are any. Rows: conformance.md, 2.1 to 2.6.
 */
#ifndef LOOPBACK_FAULTS_H
#define LOOPBACK_FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum fault_id {
	FAULT_ID_RANGE,
	FAULT_ID_IDLE,
	FAULT_ID_TWICE,
	FAULT_LEN_OVER,
	FAULT_IDX_JUMP,
	FAULT_IDX_BACK,
	FAULT_SILENT,
	FAULT_NEEDS_RESET,
	FAULT_DIE,
	FAULT_CONFIG_SHORT,
	FAULT_FEATURES_REFUSED,
	FAULTS
};

/* What the ring does about a request. */
enum fault_action {
	FAULT_NONE,		/* nothing is wrong with it */
	FAULT_BEND,		/* complete it as bent, go on */
	FAULT_BEND_LAST,	/* complete it as bent, then nothing more on this queue */
	FAULT_HOLD,		/* complete neither it nor a later one of this queue */
	FAULT_ASK_RESET,	/* set NEEDS_RESET */
	FAULT_LOSE_PEER		/* the device is gone */
};

/* A request on its way back; bending changes the last five. */
struct completion {
	uint64_t number;	/* of the request, over all queues since the reset */
	uint16_t size;		/* of the queue */
	uint16_t avail_idx;	/* as the driver last published it */
	int32_t idle_id;	/* an id that is not outstanding, -1: there is none */
	uint32_t writable;	/* bytes the request offered to be written */

	uint32_t id;
	uint32_t len;
	unsigned copies;	/* used elements that are written for it */
	bool bends_idx;		/* idx is published in place of the right one */
	uint16_t idx;
};

struct fault_plan {
	uint32_t armed;			/* bits of enum fault_id */
	uint64_t after[FAULTS];		/* requests that go well before it */
	_Atomic uint64_t requests;	/* taken since the reset */
};

/* Reads the option's value into a zeroed plan: 0, or -EINVAL with a sentence.
 * NULL or "" arms nothing. */
int faults_parse(struct fault_plan *plan, const char *value);

static inline bool fault_armed(const struct fault_plan *plan, enum fault_id id)
{
	return plan->armed & 1u << id;
}

/* Is there any fault that concerns requests? */
bool faults_concern_requests(const struct fault_plan *plan);

/* Counts a request and says which fault is due, FAULTS if none: of
 * several the one with the largest count. */
enum fault_id fault_due(struct fault_plan *plan, uint64_t *number);

enum fault_action fault_action(enum fault_id id);

/* Makes the completion wrong in the fault's way; false if it cannot be (yet). */
bool fault_bend(enum fault_id id, struct completion *c);

#endif /* LOOPBACK_FAULTS_H */
