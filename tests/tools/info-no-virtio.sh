#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# info of a function that is no virtio device says what it is.

. "$(dirname "$0")/functions.sh"

fake_machine
pci_function 0000:00:04.0 0x1237 '' 0x8086
try 1 info pci:0000:00:04.0
has err 'no virtio device (vendor 0x8086, device 0x1237)'
