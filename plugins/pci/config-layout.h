/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How wide the fields of each type's configuration structure are.
 */
#ifndef VPCI_CONFIG_LAYOUT_H
#define VPCI_CONFIG_LAYOUT_H

#include <stdint.h>

/*
 * The field of the type at offset `at`: its width, 1, 2 or 4 (the halves of a
 * 64-bit field count as fields), and where it begins, in *start. Beyond what
 * is known of a type: the widest one that `at` is aligned to.
 */
unsigned vpci_config_field(uint16_t type, uint32_t at, uint32_t *start);

#endif /* VPCI_CONFIG_LAYOUT_H */
