#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device that a kernel driver holds takes one line of text; JSON has what is
# missing all the same. Who could take one is told once, below.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
pci_function 0000:00:01.0 0x1044 virtio-pci
pci_function 0000:00:02.0 0x1045 virtio-pci
try 0 list
has out 'in use by virtio-pci$' '^To take a device: .*bind --dry-run --driver none ADDRESS$'
has_not out 'holds it'
test "$(wc -l <out)" = 5 || fail 'more than a title, two devices and a hint'
try 0 list --json
json '[.devices[].missing | test("virtio-pci.*bind")] == [true, true]'

# With an IOMMU it is for vfio-pci.
in_group "$f" 7
try 0 list
has out '^To take a device: .*bind --dry-run ADDRESS$'

# Nothing that is held, or nothing but what is mounted: no hint.
rm -r sys/bus/pci/devices/*
pci_function 0000:00:03.0 0x1042
try 0 list
has_not out '^To take'
pci_function 0000:00:04.0 0x1042 virtio-pci
mkdir -p "$f/virtio0/block/vdx/holders"
echo 252:77 >"$f/virtio0/block/vdx/dev"
mkdir -p "$f/virtio0/block/vdx/holders/dm-0"
try 0 list
has out 'in use by virtio-pci$'
has_not out '^To take'
