#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Nor is what is said of PCI devices wider than 80 columns.

. "$(dirname "$0")/functions.sh"

fake_machine
pci_function 0000:00:05.0 0x1044 virtio-pci
pci_function 10000:00:02.0 0x1042 uio_pci_generic
pci_function 10000:00:04.0 0x1042
pci_function 10000:00:06.0 0x1041 vfio-pci
in_group "$f" 117
for c in list 'info pci:0000:00:05.0' 'info 10000:00:06.0' doctor 'doctor 10000:00:06.0' \
	'bind --driver none --dry-run pci:0000:00:05.0' 'unbind --dry-run pci:10000:00:06.0'; do
	$fake virtio-poll-ctl $c >out 2>err </dev/null || test $? = 1 || fail "$c"
	test "$(awk 'length > 80' out | wc -l)" = 0 || fail "'$c' is wider than 80 columns"
done
