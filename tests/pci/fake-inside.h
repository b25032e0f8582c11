/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the parts of the fake function: its registers, and the way in that
 * leads to them.
 */
#ifndef FAKE_INSIDE_H
#define FAKE_INSIDE_H

#include "fake-function.h"

/* Notes the first thing that a driver must not do. */
void fake_offend(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

uint32_t fake_get(const uint8_t *p, unsigned width);
void fake_put(uint8_t *p, unsigned width, uint32_t value);

/* One access to the BAR. */
uint32_t fake_read(uint64_t at, unsigned width);
void fake_write(uint64_t at, unsigned width, uint32_t value);

/* All registers as after a reset. */
void fake_reset(void);

/* The table of the way in, as fake.translated wants it. */
const struct vpci_access *fake_way(void);

#endif /* FAKE_INSIDE_H */
