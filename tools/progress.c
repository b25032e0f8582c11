/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The progress bar of copy: what has been done, how fast, how long it takes
 * still; and the place where bench shows its figures. No colours, so nothing has
 * to be switched off.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "terminal.h"

#define NS_PER_S 1000000000ull
#define REDRAW_NS (NS_PER_S / 8)
#define LINE_SIZE 200
#define BAR_MAX 120

/* Stands a bar on the terminal? Global as the terminal is. */
static bool on_screen;

/* Divides so that a large total needs no unit of its own. */
static const char *unit_of(uint64_t total, double *divisor)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	unsigned i = 0;

	for (*divisor = 1; total / *divisor >= 1024 && i < 4; i++)
		*divisor *= 1024;
	return units[i];
}

void progress_time(char *text, unsigned size, uint64_t s)
{
	if (s >= 3600)
		snprintf(text, size, "%" PRIu64 ":%02u:%02u", s / 3600, (unsigned)(s / 60 % 60),
			 (unsigned)(s % 60));
	else
		snprintf(text, size, "%u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

static void put_time_left(char *text, size_t size, uint64_t done, uint64_t total,
			  uint64_t elapsed_ns)
{
	char left[24] = "-:--";

	if (done && elapsed_ns >= NS_PER_S)
		progress_time(left, sizeof(left), (uint64_t)((double)(total - done) / (double)done *
				((double)elapsed_ns / NS_PER_S)));
	snprintf(text, size, "%s left", left);
}

void progress_line(char *line, unsigned size, unsigned width, uint64_t done, uint64_t total,
		   uint64_t elapsed_ns)
{
	double fraction = total ? (double)done / (double)total : 1;
	double seconds = (double)elapsed_ns / NS_PER_S, divisor;
	double rate = seconds > 0 ? (double)done / seconds / (1024 * 1024) : 0;
	const char *unit = unit_of(total, &divisor);
	char left[32], tail[96], bar[BAR_MAX + 1];
	int room, filled;

	put_time_left(left, sizeof(left), done, total, elapsed_ns);
	snprintf(tail, sizeof(tail), "%.1f of %.1f %s, %.1f MiB/s, %s", (double)done / divisor,
		 (double)total / divisor, unit, rate, left);
	room = (int)width - (int)strlen(tail) - 10;
	if (room < 4) {
		snprintf(line, size, "%3d%% %s", (int)(fraction * 100), left);
		return;
	}
	if (room > BAR_MAX)
		room = BAR_MAX;
	filled = (int)(fraction * room);
	memset(bar, '#', (size_t)filled);
	memset(bar + filled, ' ', (size_t)(room - filled));
	bar[room] = '\0';
	snprintf(line, size, "%3d%% [%s] %s", (int)(fraction * 100), bar, tail);
}

void progress_begin(struct progress *progress, const char *doing, uint64_t total, bool wanted,
		    uint64_t now)
{
	memset(progress, 0, sizeof(*progress));
	progress->doing = doing;
	progress->total = total;
	progress->start_ns = now;
	progress->next_ns = now + REDRAW_NS;
	progress->shown = wanted && total && terminal_is_capable(STDERR_FILENO);
}

void progress_put(const char *line)
{
	/* The last column stays free, or some terminals begin a new line. */
	int width = (int)terminal_width() - 1, shown = (int)strlen(line);

	/* Whole figures only. */
	while (shown > width)
		do
			shown--;
		while (shown && line[shown] != ',');
	fprintf(stderr, "\r%-*.*s", width, shown, line);
	on_screen = true;
}

void progress_update(struct progress *progress, uint64_t done, uint64_t now)
{
	char line[LINE_SIZE];
	size_t len;

	if (!progress->shown || now < progress->next_ns)
		return;
	progress->next_ns = now + REDRAW_NS;
	snprintf(line, sizeof(line) / 4, "%s%s", progress->doing, *progress->doing ? " " : "");
	len = strlen(line);
	progress_line(line + len, sizeof(line) - (unsigned)len, terminal_width() - (unsigned)len,
		      done, progress->total, now - progress->start_ns);
	progress_put(line);
}

void progress_clear(void)
{
	if (on_screen)
		fprintf(stderr, "\r%*s\r", (int)terminal_width() - 1, "");
	on_screen = false;
}
