#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Lines of tables are at most 80 columns wide.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
fake_sysfs
pci_function 0000:00:05.0 0x1044 virtio-pci
pci_function 10000:00:02.0 0x1042 uio_pci_generic
for c in --help list 'info pci:0000:00:05.0' 'probe loopback:blk' selftest \
	'features ffffffffffffffff --type network' 'bench loopback:null --runtime 0.1'; do
	try 0 $c
	test "$(awk 'length > 80' out | wc -l)" = 0 || fail "'$c' is wider than 80 columns"
done
for c in list info probe backends copy bench features selftest; do
	try 0 $c --help
	test "$(awk 'length > 80' out | wc -l)" = 0 || fail "'$c --help' is wider than 80 columns"
done
