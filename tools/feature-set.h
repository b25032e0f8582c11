/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Feature bits by name, and why a bit that a device offers was not accepted.
 */
#ifndef FEATURE_SET_H
#define FEATURE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

/* The device-type bits that the type defines: what may be asked for (FEAT-7). */
uint64_t feature_set_of_type(uint16_t type);

/* Is the bit one of the library's own, independent of the type? */
bool feature_is_reserved(unsigned bit);

/* A table `features`: what the device offers, accepted or not. */
void feature_set_report(struct report_node *parent, uint16_t type, uint64_t offered,
			uint64_t accepted);

/* The same where only `accepted` is known. */
void feature_set_report_accepted(struct report_node *parent, uint16_t type, uint64_t accepted);

#endif /* FEATURE_SET_H */
