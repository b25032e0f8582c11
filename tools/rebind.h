/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Takes a PCI function from one driver to another by driver_override: the only
 * thing in the tool that writes to sysfs. bind.c has checked before that the
 * function may be taken.
 */
#ifndef REBIND_H
#define REBIND_H

#include <stdbool.h>

struct pci_function;
struct report_node;

struct rebind {
	const char *command;		/* for sentences */
	const struct pci_function *function;
	const char *override;		/* what driver_override is to say, "" for nothing */
	bool probe;			/* have the kernel look for a driver afterwards */
	const char *expected;		/* the driver that has to appear, NULL: any or none */
	bool dry_run;
	struct report_node *steps;	/* of strings: what was, or would be, written */
	char driver[64];		/* afterwards: the driver that is bound, "" if none */
};

/*
 * An exit status; anything but EXIT_DONE after a sentence. If a step fails, what
 * was done is put back, and the sentence says whether that worked.
 */
int rebind_run(struct rebind *rebind);

#endif /* REBIND_H */
