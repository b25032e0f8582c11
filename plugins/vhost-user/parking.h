/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where stopped rings point to while their own memory is taken back.
 */
#ifndef VHOST_USER_PARKING_H
#define VHOST_USER_PARKING_H

#include "front.h"

/* Is parking done with this server? Then it takes one memory slot. */
bool vu_parking_wanted(const struct vu_front *front);

/* Points every ring that the server has an address of to the parking area. */
int vu_parking_move_in(struct vu_front *front);

void vu_parking_free(struct vu_front *front);

#endif /* VHOST_USER_PARKING_H */
