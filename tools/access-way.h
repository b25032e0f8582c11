/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ways in to a PCI function that the pci backend knows, and what each of
 * them lacks for this user, as far as can be told without opening anything.
 */
#ifndef ACCESS_WAY_H
#define ACCESS_WAY_H

#include <stdbool.h>

#define LACK_TEXT 256

struct pci_function;

struct access_way {
	const char *name;	/* as in access= */
	/* Does it lack something? What, in words; and how to mend it, "" if that
	 * goes without saying. */
	bool (*lacks)(const struct pci_function *function, char what[LACK_TEXT],
		      char fix[LACK_TEXT]);
};

/* In the order in which access=auto tries them; ends with a NULL name. */
extern const struct access_way access_ways[];

/* The name of the first that lacks nothing; NULL if there is none, with what the
 * first lacks that can be mended, of those that suit its present driver. */
const char *access_way_choose(const struct pci_function *function, char what[LACK_TEXT],
			      char fix[LACK_TEXT]);

/* The command that frees the function for the way that it can have: by vfio-pci, or
 * with no driver at all where there is no IOMMU. */
void access_way_bind(const struct pci_function *function, char command[LACK_TEXT]);

#endif /* ACCESS_WAY_H */
