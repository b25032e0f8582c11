/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How far a command is, on stderr: one line that is written over. Nothing at all
 * if stderr is no terminal, or one that cannot go back to the line's begin.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool shown;
	const char *doing;	/* before the bar, "" for nothing */
	uint64_t total;		/* bytes */
	uint64_t start_ns;	/* by any clock, which now is of too */
	uint64_t next_ns;	/* when to draw next */
};

void progress_begin(struct progress *progress, const char *doing, uint64_t total, bool wanted,
		    uint64_t now);

/* Draws what has been done, a few times a second, however often it is called. */
void progress_update(struct progress *progress, uint64_t done, uint64_t now);

/* Puts any line in its place; where the terminal is too narrow, what is behind its
 * last commas is left out. */
void progress_put(const char *line);

/* "0:12", "1:00:00". */
void progress_time(char *text, unsigned size, uint64_t seconds);

/* Clears the line, if a bar stands there; complain() does before any message. */
void progress_clear(void);

/*
 * The line itself, for `width` columns: "45% [####    ] 1.2 of 2.6 GiB,
 * 834.0 MiB/s, 0:12 left"; in a narrow window "45% 0:12 left", which may still
 * be longer than that. Pure; size of at least 128.
 */
void progress_line(char *line, unsigned size, unsigned width, uint64_t done, uint64_t total,
		   uint64_t elapsed_ns);

#endif /* PROGRESS_H */
