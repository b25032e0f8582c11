/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing the scripted server's trace, for peer.c.
 */
#ifndef TEST_PEER_TRACE_H
#define TEST_PEER_TRACE_H

#include "peer.h"

/* Adds a line; the peer is locked. */
void peer_note(struct peer *peer, const struct peer_msg *msg);

#endif /* TEST_PEER_TRACE_H */
