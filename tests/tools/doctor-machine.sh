#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# doctor without an address tells what the machine has, and how to get the rest.

. "$(dirname "$0")/functions.sh"

needs jq setpriv
fake_machine
m=sys/module
try 0 doctor --json
json '.address == null and .failed == 0 and (.checks | length) == .passed + .warnings + .skipped'
json '[.checks[] | keys_unsorted == ["result", "check", "finding", "fix"]] | all'
json '[.checks[] | select(.result == "WARN").fix != null] | all'
says WARN 'vfio modules' 'vfio-pci is neither loaded nor built in' 'modprobe'
says WARN iommu '^off' 'intel_iommu=on'
says SKIP 'interrupt remapping'
says SKIP /dev/vfio/vfio 'not there'
says SKIP /dev/iommu 'not there'
says PASS 'no-IOMMU mode' off
says WARN 'huge pages' '^none' 'nr_hugepages'
says SKIP dma_entry_limit
says SKIP 'pci devices' 'no virtio function'

mkdir -p sys/bus/pci/drivers/vfio-pci $m/vfio_iommu_type1/parameters $m/vfio/parameters \
	sys/kernel/iommu_groups/7 sys/kernel/mm/hugepages/hugepages-2048kB
: >dev/vfio/vfio
: >dev/iommu
echo 65535 >$m/vfio_iommu_type1/parameters/dma_entry_limit
echo N >$m/vfio_iommu_type1/parameters/allow_unsafe_interrupts
echo 16 >sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
echo 3 >sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
printf ' 24:  0  IR-PCI-MSI 1-edge  virtio0-config\n' >proc/interrupts
try 0 doctor --json
says PASS 'vfio modules'
says PASS iommu '1 group'
says PASS 'interrupt remapping' on
says PASS /dev/vfio/vfio type1
says PASS /dev/iommu cdev
says PASS 'huge pages' '2 MiB: 3 free of 16'
says PASS dma_entry_limit 65535

echo Y >$m/vfio/parameters/enable_unsafe_noiommu_mode
echo 8 >$m/vfio_iommu_type1/parameters/dma_entry_limit
printf ' 24:  0  PCI-MSI 1-edge  virtio0-config\n' >proc/interrupts
try 0 doctor --json
says WARN 'no-IOMMU mode' 'all memory' 'enable_unsafe_noiommu_mode'
says WARN dma_entry_limit '^8 ' 'dma_entry_limit=65535'
says WARN 'interrupt remapping' 'not seen' 'allow_unsafe_interrupts=Y'
echo Y >$m/vfio_iommu_type1/parameters/allow_unsafe_interrupts
try 0 doctor --json
says WARN 'interrupt remapping' 'any interrupt'

# Without privilege the limits count, and the permissions.
chmod 0 dev/vfio/vfio
$fake setpriv --bounding-set=-all --inh-caps=-all \
	sh -c 'ulimit -l 64; virtio-poll-ctl doctor --json' >out 2>err
says WARN 'locked memory' '64 KiB allowed .*24576 KiB' 'ulimit -l.*LimitMEMLOCK.*CAP_IPC_LOCK'
says WARN /dev/vfio/vfio 'may not be opened by you' udev
