/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A shared object that is no plugin: it lacks the entry symbol. For
 * test-loader.c.
 */
#include "config.h"

int mute(void);

int mute(void)
{
	return 0;
}
