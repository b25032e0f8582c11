/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the system uses a PCI function for: the reasons not to take it away.
 *
 * system-use.c asks one file per kind of device, use-*.c. Everything is read
 * from /sys and /proc, and from the kernel's lists of interfaces and mounts.
 */
#ifndef SYSTEM_USE_H
#define SYSTEM_USE_H

#include <stdbool.h>

#include "sysfs.h"

#define USE_TEXT 256

struct pci_function;

/* The reason, in words. */
struct use_reason {
	char what[USE_TEXT];	/* "vda1 is mounted on /boot" */
	char mend[USE_TEXT];	/* "umount /boot" */
};

/* What use-*.c look at. */
struct use {
	const struct pci_function *function;
	char folder[SYSFS_PATH];	/* of the virtioN that its driver made */
	bool ask_kernel;	/* disks may be opened, for reading, to learn of claims */
	struct use_reason *why;
};

/*
 * Is the function in use? With ask_kernel the disks are opened for reading and
 * closed again, which is how the kernel tells whether anything has claimed them.
 */
bool system_use_find(const struct pci_function *function, bool ask_kernel,
		     struct use_reason *why);

/* Each is true, with why filled in, if the function is used in that way. */
bool use_of_disks(struct use *use);
bool use_of_interfaces(struct use *use);
bool use_of_consoles(struct use *use);
bool use_of_file_systems(struct use *use);

/*
 * Calls visit for each entry of the folders of that name below virtioN: "block"
 * or "net" stand at different depths. True as soon as visit says so.
 */
bool use_each(const struct use *use, const char *class, sysfs_visit visit, void *ctx);

/* Both fill in why, and are true. */
bool use_found(struct use *use, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool use_mend(struct use *use, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "umount WHERE", as a shell takes it. */
bool use_mend_mount(struct use *use, const char *where);

#endif /* SYSTEM_USE_H */
