/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The limit on locked memory, put into words. Called when a mapping for a
 * device was refused; reads /proc/self/status and decides nothing.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <virtio-poll/backend.h>

#include "memlock.h"

#define CAP_IPC_LOCK_BIT	14	/* linux/capability.h */

struct vpci_memlock vpci_memlock_read(const char *key)
{
	struct vpci_memlock m = { .allowed = UINT64_MAX };
	struct rlimit limit;
	char line[256];
	FILE *status;

	if (!getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur != RLIM_INFINITY)
		m.allowed = limit.rlim_cur;
	status = fopen("/proc/self/status", "re");
	if (!status)
		return m;
	while (fgets(line, sizeof(line), status)) {
		if (!strncmp(line, key, strlen(key)))
			m.locked = strtoull(line + strlen(key), NULL, 10) * 1024;
		if (!strncmp(line, "CapEff:", 7))
			m.privileged = strtoull(line + 7, NULL, 16) >> CAP_IPC_LOCK_BIT & 1;
	}
	fclose(status);
	return m;
}

int vpci_memlock_error(const struct vpci_memlock *m, uint64_t len)
{
	if (m->privileged || m->allowed == UINT64_MAX)
		return virtio_set_error(ENOMEM, "the kernel has no memory left to map %" PRIu64
					" bytes for the device", len);
	return virtio_set_error(ENOMEM, "%" PRIu64 " bytes more for the device need %" PRIu64
				" bytes of locked memory with what is locked already (this user's "
				"other programs may count too), RLIMIT_MEMLOCK allows %" PRIu64 ": "
				"raise it with ulimit -l or in /etc/security/limits.conf, with "
				"LimitMEMLOCK= of the systemd unit, or give the program "
				"CAP_IPC_LOCK", len,
				m->locked + len, m->allowed);
}
