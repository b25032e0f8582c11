/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two threads that meet again and again, to act as close to the same moment as
 * they can: what tests do whose failure is a window of nanoseconds.
 *
 * A round has two meetings: the odd one, after which both act, and the even
 * one, after which the outcome may be looked at.
 */
#ifndef MEETING_H
#define MEETING_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MEETING_SECONDS 5	/* at most: on a busy machine each round takes a while */

struct meeting {
	unsigned rounds;
	time_t end;
	atomic_bool over;	/* decided by this side before an even meeting */
	atomic_uint at[2];	/* where the sides are: this thread's, the other's */
	atomic_int lead;	/* how much later the other side acts, in idle turns */
};

/* Under valgrind, which runs one thread at a time, there is no race. */
static inline unsigned meeting_rounds(unsigned natively)
{
	const char *fork = getenv("CK_FORK");

	return fork && !strcmp(fork, "no") ? 200 : natively;
}

static inline time_t meeting_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* So many rounds, or as many as there is time for. Both sides begin at 1. */
static inline void meeting_begin(struct meeting *m, unsigned rounds)
{
	memset(m, 0, sizeof(*m));
	m->rounds = rounds;
	m->end = meeting_now() + MEETING_SECONDS;
}

/* After the even meeting: the next odd one, or 0. */
static inline unsigned meeting_next(struct meeting *m, unsigned at)
{
	return m->over ? 0 : at + 2;
}

static inline void meeting_linger(int turns)
{
	for (volatile int i = 0; i < turns; i++)
		;
}

/* Waits for the other side, without giving up the processor at once. */
static inline void meeting_wait(struct meeting *m, bool other, unsigned at)
{
	if (!other && at % 2 == 0)
		m->over = at / 2 >= m->rounds || meeting_now() >= m->end;
	atomic_store(&m->at[other], at);
	for (unsigned i = 1; atomic_load(&m->at[!other]) < at; i++)
		if (i % 2000 == 0)
			sched_yield();
	if (at % 2)
		meeting_linger(other ? m->lead : -m->lead);
}

/* Whoever was first is held back, so that the race stays close. */
static inline void meeting_balance(struct meeting *m, bool other_was_first)
{
	if (other_was_first ? m->lead < 20000 : m->lead > -20000)
		m->lead += other_was_first ? 20 : -20;
}

#endif /* MEETING_H */
