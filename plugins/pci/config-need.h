/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much configuration space the features of a device type need.
 */
#ifndef VPCI_CONFIG_NEED_H
#define VPCI_CONFIG_NEED_H

#include <stdint.h>

/* Those of the offered features whose fields end within `length` bytes, and those
 * that have none. Pure. */
uint64_t vpci_config_supports(uint16_t type, uint64_t offered, uint64_t length);

#endif /* VPCI_CONFIG_NEED_H */
