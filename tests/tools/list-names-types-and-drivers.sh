#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# list tells type, driver, group and node of whatever is on the bus.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
pci_function 0000:00:05.0 0x1044 virtio-pci
pci_function 0000:00:02.0 0x1042
pci_function 10000:01:00.0 0x1001 vfio-pci
pci_function 0000:00:03.0 0x1009 virtio-pci
pci_function 0000:00:04.0 0x1237 '' 0x8086
mkdir -p sys/kernel/iommu_groups/12
ln -s ../../../../kernel/iommu_groups/12 sys/bus/pci/devices/0000:00:02.0/iommu_group
echo 1 >sys/bus/pci/devices/0000:00:02.0/numa_node
try 0 list --json
json '[.devices[].address] == ["pci:0000:00:02.0", "pci:0000:00:03.0", "pci:0000:00:05.0",
	"pci:10000:01:00.0"]'
json '[.devices[].type] == ["block", "9p", "entropy", "block"]'
json '[.devices[].driver] == [null, "virtio-pci", "virtio-pci", "vfio-pci"]'
json '[.devices[].iommu_group] == [12, null, null, null]'
json '[.devices[].numa_node] == [1, null, null, null]'
json '.devices[2].state == "in use by virtio-pci"'
json '[.devices[].missing != null] | all'
try 0 list
has out '^pci:0000:00:02.0  *block  *-  *12  *1' '^pci:0000:00:05.0  *entropy  *virtio-pci  *- '
has_not out 04.0
