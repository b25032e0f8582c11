/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads the effective capabilities of this process from /proc/self/status.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privilege.h"

bool has_capability(unsigned number)
{
	static const char label[] = "CapEff:";
	FILE *f = fopen("/proc/self/status", "re");
	char *line = NULL;
	size_t room = 0;
	uint64_t set = 0;

	while (f && getline(&line, &room, f) > 0)
		if (!strncmp(line, label, sizeof(label) - 1))
			set = strtoull(line + sizeof(label) - 1, NULL, 16);
	free(line);
	if (f)
		fclose(f);
	return set >> number & 1;
}
