/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a wait: that of the control call that runs on this thread, or
 * the default one if an op was called directly.
 *
 * Every wait of this plugin asks here; a peer that sends a byte now and then
 * gains nothing by it.
 */
#ifndef VHOST_USER_DEADLINE_H
#define VHOST_USER_DEADLINE_H

#include <stdint.h>

struct vu_deadline {
	uint64_t end_ms;	/* CLOCK_MONOTONIC */
	int budget_ms;		/* what there was at the start, for sentences */
};

struct vu_deadline vu_deadline_start(void);

/* Milliseconds left, 0 when it has passed. */
int vu_deadline_left(const struct vu_deadline *deadline);

/* Sleeps ms milliseconds, or until a signal, but never past the deadline. */
void vu_deadline_sleep(const struct vu_deadline *deadline, int ms);

#endif /* VHOST_USER_DEADLINE_H */
