/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which server it probably is, by what it offers, and what is peculiar to its
 * family.
 *
 * A guess, for reports and for two things that families understand
 * differently. Nothing depends on it where the protocol itself can tell.
 *
 * If it is wrong: counts_pairs makes up to twice as many queues look possible
 * (a start with more than there are is refused or left unserved), or half;
 * stops_at_once waits before the stop for what would be waited for after it,
 * or misses to, and requests the server dropped are waited for until the
 * deadline. No memory is freed too early either way.
 */
#ifndef VHOST_USER_FAMILY_H
#define VHOST_USER_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

struct vu_front;

#define VU_FAMILY_QUIRKS 4

struct vu_family {
	const char *name;
	uint64_t protocol_all;	/* protocol features it has */
	uint64_t protocol_none;	/* and those it has not */
	uint64_t features_all;	/* feature bits it has */
	uint64_t features_none;
	bool counts_pairs;	/* GET_QUEUE_NUM counts pairs of queues */
	bool stops_at_once;	/* GET_VRING_BASE does not wait for requests */
	const char *quirks[VU_FAMILY_QUIRKS];
};

/* The first family that the two sets of bits fit, or NULL. Pure. */
const struct vu_family *vu_family_find(uint64_t features, uint64_t protocol);

/* What the protocol has no question for. */
bool vu_family_counts_pairs(const struct vu_front *front);
bool vu_family_stops_at_once(const struct vu_front *front);

#endif /* VHOST_USER_FAMILY_H */
