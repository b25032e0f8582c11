/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The back channel: a second socket on which the server asks and we answer.
 *
 * Served by the poll op and by every wait of request.c, since a server may
 * ask here before it answers there. Serving never waits and never sends a
 * request of its own.
 */
#ifndef VHOST_USER_BACKCHANNEL_H
#define VHOST_USER_BACKCHANNEL_H

#include "front.h"

/* Makes the channel and gives the server its end. */
int vu_back_open(struct vu_front *front);

/* Closes our end; harmless without one. */
void vu_back_close(struct vu_front *front);

/* The poll() events to wait for. */
short vu_back_events(const struct vu_back *back);

/* Takes and answers what is there, up to a budget. */
void vu_back_serve(struct vu_front *front);

#endif /* VHOST_USER_BACKCHANNEL_H */
