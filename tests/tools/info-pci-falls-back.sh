#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# info of a device that cannot be opened tells what sysfs does, and why not more.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
pci_function 0000:00:02.0 0x1042 vfio-pci
in_group "$f" 12
try 0 info 0000:00:02.0 --json
json '.address == "pci:0000:00:02.0" and .driver == "vfio-pci" and .iommu_group == 12'
json '.queues == null and .features == null and .config == null and .memory == null'
json '.reasons.queues == .reasons.features and (.reasons.queues | length > 10)'
json '[.capabilities[].type] == ["common", "isr", "device", "notify"]'
try 0 info pci:0000:00:02.0
has out '^queues  *- (' '^memory  *- (the same)'

# The same members, whatever there is to tell.
try 0 info 0000:00:02.0 --json
jq 'keys - ["reasons"]' out >members
set_driver "$f" virtio-pci
try 0 info 0000:00:02.0 --json
json '.reasons.queues == "only the device could tell, which virtio-pci holds"'
jq 'keys - ["reasons"]' out >others
same members others

# A process has it: opening would reset the device under its hands.
set_driver "$f" vfio-pci
: >dev/vfio/12
echo /dev/vfio/12 >held
try 0 info 0000:00:02.0 --json
json '.reasons.queues | test("^process [0-9]+ .sleep. has /dev/vfio/12 open$")'
echo >held

try 2 info 0000:00:02.0 --type network
has err 'is of type block, not network'
