/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A barrier on all threads of the process at once: what memory.c needs to
 * know that a queue either has shown its request or will see that the map has
 * changed, without a barrier of the queue's own in each request.
 */
#include "config.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memory-registry.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int command;	/* of membarrier, or -1 where there is none */

static long membarrier(int cmd)
{
	return syscall(SYS_membarrier, cmd, 0, 0);
}

/* The fast kind has to be asked for once; the slow one takes milliseconds. */
static void choose(void)
{
	long known = membarrier(MEMBARRIER_CMD_QUERY);

	command = -1;
	if (known > 0 && (known & MEMBARRIER_CMD_PRIVATE_EXPEDITED) &&
	    !membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
		command = MEMBARRIER_CMD_PRIVATE_EXPEDITED;
	else if (known > 0 && (known & MEMBARRIER_CMD_SHARED))
		command = MEMBARRIER_CMD_SHARED;
}

void memory_barrier(void)
{
	pthread_once(&once, choose);
	/* Full fence: the map is changed before the requests are looked at. On the
	 * other threads the system call is that, wherever they are. */
	atomic_thread_fence(memory_order_seq_cst);
	if (command >= 0)
		(void)membarrier(command);
}
