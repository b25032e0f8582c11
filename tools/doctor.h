/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What doctor checks, one file per kind of thing: the machine, a PCI device, a
 * vhost-user socket. Each says its findings through doctor_say().
 *
 * Nothing is opened but sysfs attributes and files of /proc; permissions are
 * asked for with access(2).
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

struct pci_function;
struct report_node;

enum verdict {
	PASS,
	WARN,	/* works, or may not matter: worth knowing */
	FAIL,
	SKIP,	/* not checked, for the reason that is given */
	VERDICTS,
};

struct doctor {
	struct report_node *checks;
	unsigned counts[VERDICTS];
};

/* One line: what was found, and how to mend it (NULL: nothing to mend). */
void doctor_say(struct doctor *doctor, enum verdict verdict, const char *check, const char *fix,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* The plugins that were found and refused. */
void doctor_check_backends(struct doctor *doctor);

/* What VFIO and physical addresses need of the machine. */
void doctor_check_vfio(struct doctor *doctor);
void doctor_check_memory(struct doctor *doctor);

/* A line for each virtio function: how it stands. */
void doctor_check_functions(struct doctor *doctor);

/* One of them, thoroughly. */
void doctor_check_function(struct doctor *doctor, const struct pci_function *function);

/* address begins with "vhost-user:". */
void doctor_check_socket(struct doctor *doctor, const char *address);

#endif /* DOCTOR_H */
