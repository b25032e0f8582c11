/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What stands behind a descriptor: a terminal that can do more than print?
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>

/* A terminal, and TERM is neither missing nor "dumb": the cursor moves. */
bool terminal_is_capable(int fd);

/* Columns of the one that errors go to; 80 if it does not say. */
unsigned terminal_width(void);

#endif /* TERMINAL_H */
