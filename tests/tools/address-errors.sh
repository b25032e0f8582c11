#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The grammar of an address gives 2, an absent backend 1, and both a sentence.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
try 2 probe nonsense
has err 'nonsense'
try 2 probe loopback:blk,nonsense=1
has err 'nonsense'
try 2 probe loopback:nonsense
has err 'nonsense'
try 2 info pci:nonsense
has err "'nonsense' is no PCI address"
try 1 probe absent:x
has err 'absent'
try 1 info pci:ffff:00:00.0
has err 'no PCI device ffff:00:00.0'
# A comma at the end is told as it was written.
try 2 bench loopback:blk,
has err '"" is no option'
has_not err timeout
try 2 info :
has err '":" does not begin'
has_not err timeout
