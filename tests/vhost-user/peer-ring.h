/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory and the rings of the scripted server, for peer.c.
 */
#ifndef TEST_PEER_RING_H
#define TEST_PEER_RING_H

#include "peer.h"

/* Each takes the descriptors it needs out of the message and closes them. */
void peer_map_table(struct peer *peer, struct peer_msg *msg);
void peer_map_region(struct peer *peer, struct peer_msg *msg);
void peer_unmap_region(struct peer *peer, const struct peer_msg *msg);
void peer_unmap_all(struct peer *peer);

/* Closes kick and call, as servers do. */
void peer_ring_stop(struct peer_ring *ring);

#endif /* TEST_PEER_RING_H */
