/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SIGINT, SIGTERM and SIGHUP: nothing at stake, they end the program; while a
 * device runs, they ask the command to stop it first. The status is 130 either way.
 * SIGPIPE and SIGXFSZ are ignored: the calls that they are for fail instead.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdbool.h>

/* Installs the handlers; once, first of all. */
void interrupt_init(void);

/* From now on (true) a signal is only noted; a second one ends the program. */
void interrupt_defer(bool defer);

/*
 * From now on (true) no further signal ends the program either: a device runs
 * that may write to this process's memory, and stopping it takes a second at
 * most once a signal was noted.
 */
void interrupt_hold(bool hold);

/* Has a signal been noted? */
bool interrupted(void);

#endif /* INTERRUPT_H */
