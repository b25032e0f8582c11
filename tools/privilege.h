/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What this process may: capabilities, by the numbers of <linux/capability.h>.
 */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <stdbool.h>

/* Is the capability in effect? */
bool has_capability(unsigned number);

#endif /* PRIVILEGE_H */
