/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why the kernel maps no more memory for a device: how much may be locked, how
 * much that would be, and how to get more.
 *
 * Only makes sentences, for those whom the kernel has refused.
 */
#ifndef VPCI_MEMLOCK_H
#define VPCI_MEMLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct vpci_memlock {
	uint64_t locked;	/* bytes locked already */
	uint64_t allowed;	/* RLIMIT_MEMLOCK; UINT64_MAX: without a limit */
	bool privileged;	/* CAP_IPC_LOCK: the limit does not count */
};

/* Reads it of this process: `key` is the line of /proc/self/status that counts
 * what is locked for devices, "VmLck:" or "VmPin:". */
struct vpci_memlock vpci_memlock_read(const char *key);

/* The sentence for len bytes that were refused with ENOMEM; returns -ENOMEM. */
int vpci_memlock_error(const struct vpci_memlock *m, uint64_t len);

#endif /* VPCI_MEMLOCK_H */
