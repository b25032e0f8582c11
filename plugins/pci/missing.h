/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a function lacks before it could be opened.
 */
#ifndef VPCI_MISSING_H
#define VPCI_MISSING_H

#include <stddef.h>

#include "function.h"

/* The one thing that access=auto would fail for first, as a phrase, in text or
 * constant; NULL: nothing. Reads sysfs and looks at nodes, opens no device. */
const char *vpci_missing(const struct vpci_function *fn, char *text, size_t size);

/* What takes it away from the kernel: to VFIO, or where there is no IOMMU to no
 * driver, for access=sysfs. An address follows. */
const char *vpci_bind_command(const struct vpci_function *fn);

#endif /* VPCI_MISSING_H */
