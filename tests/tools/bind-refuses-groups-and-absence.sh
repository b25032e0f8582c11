#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# bind refuses groups that others use, and says what is not there.

. "$(dirname "$0")/functions.sh"

needs setpriv
fake_machine
pci_function 0000:00:03.0 0x1237 '' 0x8086
try 1 bind --dry-run 0000:00:03.0
has err '0000:00:03.0 is no virtio device (vendor 0x8086, device 0x1237)'
try 1 bind --dry-run pci:0000:00:1f.0
has err 'there is no PCI device 0000:00:1f.0'
try 2 bind --dry-run loopback:blk
has err "'loopback:blk' is no PCI address"
try 2 unbind --dry-run pci:nonsense
try 2 bind --driver sideways 0000:00:04.0
has err 'use vfio-pci, none'

pci_function 0000:00:04.0 0x1042 virtio-pci
own=$f
in_group "$f" 12
try 1 bind --dry-run 0000:00:04.0
has err 'vfio-pci is not loaded: modprobe vfio-pci'
mkdir sys/bus/pci/drivers/vfio-pci
try 0 bind --dry-run 0000:00:04.0

# Other members: a bridge and one without a driver do not count, another does.
pci_function 0000:00:01.0 0x1111 pcieport 0x8086
echo 0x060400 >"$f/class"
in_group "$f" 12
pci_function 0000:00:02.0 0x1042
in_group "$f" 12
try 0 bind --dry-run 0000:00:04.0
pci_function 0000:00:05.0 0x2222 nvme 0x8086
in_group "$f" 12
try 1 bind --dry-run 0000:00:04.0
has err 'group 12 also holds 0000:00:05.0 (nvme):' 'bind that to vfio-pci first'
has_not err pcieport
has_not err 0000:00:02.0
try 0 bind --dry-run --driver none 0000:00:04.0
set_driver "$f" vfio-pci
try 0 bind --dry-run 0000:00:04.0

# A virtio device that nothing uses is named, and one that is used is in the way.
pci_function 0000:00:06.0 0x1041 virtio-pci
in_group "$f" 12
mkdir -p "$f/virtio2"
try 0 bind --dry-run --json 0000:00:04.0
grep -q 'IOMMU group 12 is taken too: virtio-poll-ctl bind pci:0000:00:06.0"' out ||
	fail 'the rest of the group is not named'
mkdir -p "$f/virtio2/block/vpfake/holders/dm-3"
try 1 bind --dry-run 0000:00:04.0
has err 'group 12 also holds 0000:00:06.0 (virtio-pci)' 'vpfake is part of dm-3'
has_not err 'bind that to vfio-pci'
rm -r "$f/virtio2/block"
rm sys/kernel/iommu_groups/12/devices/0000:00:06.0

# Without an IOMMU it takes the mode without one.
rm "$own/iommu_group"
try 1 bind --dry-run 0000:00:04.0
has err 'is behind no IOMMU' 'use --driver none and access=sysfs'
mkdir -p sys/module/vfio/parameters
echo Y >sys/module/vfio/parameters/enable_unsafe_noiommu_mode
try 0 bind --dry-run 0000:00:04.0

# Without the right to write nothing is written at all.
chmod a-w "$own/driver_override"
$fake setpriv --bounding-set=-all --inh-caps=-all virtio-poll-ctl bind 0000:00:04.0 >out 2>err
status=$?
test $status = 1 || fail "without privilege it ends with $status"
has err 'driver_override cannot be written: only root may (nothing was changed)'
test ! -s sys/bus/pci/drivers/virtio-pci/unbind || fail 'unbind was written'
