/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What signals do. The words below are global, since a signal
 * handler has no other place to look.
 */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "interrupt.h"

static volatile sig_atomic_t deferred;
static volatile sig_atomic_t held;
static volatile sig_atomic_t noted;

static void on_signal(int sig)
{
	(void)sig;
	if (!held && (!deferred || noted))
		_exit(EXIT_INTERRUPTED);
	noted = 1;
}

void interrupt_init(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	sigemptyset(&action.sa_mask);
	/* No SA_RESTART: a sleep or a slow read ends at once. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	/* No reader of a pipe, a file too large: calls that fail, not the end of a
	 * program whose device runs. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void interrupt_defer(bool defer)
{
	deferred = defer;
}

void interrupt_hold(bool hold)
{
	held = hold;
}

bool interrupted(void)
{
	return noted;
}
