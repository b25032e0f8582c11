#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# doctor of a PCI device says who holds it, what is in its group, which ways in
# there are, and what each lacks.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
try 1 doctor 0000:00:04.0
has err 'there is no PCI device 0000:00:04.0'
pci_function 0000:00:04.0 0x1042 virtio-pci
own=$f
in_group "$f" 12

# Held by the kernel, but by nobody else.
try 1 doctor --json 0000:00:04.0
says PASS device '1af4:1042, block'
says PASS 'virtio 1.x'
says FAIL driver '^virtio-pci holds it$' '^virtio-poll-ctl bind pci:0000:00:04.0$'
says SKIP access
says PASS 'iommu group' 'group 12 holds nothing else'
try 0 doctor --json
says WARN pci:0000:00:04.0 'block, virtio-pci holds it' 'virtio-poll-ctl bind'

# Held, and used.
mkdir -p "$f/virtio1/block/vpfake/holders/dm-3"
try 1 doctor --json 0000:00:04.0
says FAIL driver 'the system uses it: vpfake is part of dm-3' 'leave it to the system'
try 0 doctor --json
says SKIP pci:0000:00:04.0 'the system uses it: vpfake is part of dm-3'
rm -r "$f/virtio1"

# Bound to vfio-pci: by type1, then by cdev.
set_driver "$f" vfio-pci
try 1 doctor --json pci:0000:00:04.0,access=auto
says PASS driver vfio-pci
says SKIP access=cdev 'CONFIG_VFIO_DEVICE_CDEV'
says SKIP access=type1 'lacks /dev/vfio/vfio' 'modprobe vfio-pci'
says SKIP access=noiommu 'no-IOMMU mode'
says SKIP access=sysfs 'no driver holds' 'driver none'
says FAIL access 'no way in' 'modprobe'
mkdir -p sys/module/vfio_iommu_type1
: >dev/vfio/vfio
: >dev/vfio/12
$fake virtio-poll-ctl doctor --json 0000:00:04.0 >out 2>err </dev/null
says PASS access=type1
says PASS access 'access=type1'
says PASS 'in use' 'by no process'
mkdir -p "$f/vfio-dev/vfio0" dev/vfio/devices
: >dev/vfio/devices/vfio0
: >dev/iommu
$fake virtio-poll-ctl doctor --json 0000:00:04.0 >out 2>err </dev/null
says PASS access=cdev
says PASS access 'access=cdev'
try 0 doctor --json
says PASS pci:0000:00:04.0 'block, can be opened by access=cdev'

# Behind an IOMMU and without a driver.
rm "$f/driver"
try 0 doctor --json
says WARN pci:0000:00:04.0 'lacks vfio-pci as its driver' 'virtio-poll-ctl bind'
set_driver "$f" vfio-pci

# Somebody has it open; its neighbour is in use.
echo /dev/vfio/12 >held
pci_function 0000:00:05.0 0x2222 nvme 0x8086
in_group "$f" 12
try 1 doctor --json 0000:00:04.0
says FAIL 'in use' 'process [0-9]+ .sleep. has /dev/vfio/12 open' 'end that process'
says FAIL 'iommu group' 'not viable.*0000:00:05.0 .nvme.' 'bind those'
says SKIP access 'first the process that has it'
json '[.checks[] | select(.result == "PASS" and (.check | test("access|backend says")))] == []'
echo /dev/vfio/devices/vfio0 >held
try 1 doctor --json 0000:00:04.0
says FAIL 'in use' 'has /dev/vfio/devices/vfio0 open'
says SKIP access 'first the process that has it'
echo >held

# Without the right to open its nodes.
chmod 0 dev/vfio/12 dev/vfio/devices/vfio0
command -v setpriv >/dev/null && {
	$fake setpriv --bounding-set=-all --inh-caps=-all virtio-poll-ctl doctor --json \
		0000:00:04.0 >out 2>err
	says SKIP access=cdev 'permission to read and write /dev/vfio/devices/vfio0' 'chown'
	says SKIP access=type1 'permission to read and write /dev/vfio/12' 'chown'
	says FAIL access 'no way in' 'chown'
}

# Outside of any group: sysfs, if there are huge pages.
pci_function 0000:00:06.0 0x1042
try 1 doctor --json 0000:00:06.0
says SKIP 'iommu group' 'in none'
says SKIP access=sysfs 'huge pages' 'nr_hugepages'
says FAIL access 'no way in' 'nr_hugepages'
mkdir -p sys/kernel/mm/hugepages/hugepages-2048kB
echo 16 >sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
echo 16 >sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
$fake virtio-poll-ctl doctor --json 0000:00:06.0 >out 2>err </dev/null
says PASS access=sysfs
says PASS access 'access=sysfs'

echo /sys/bus/pci/devices/0000:00:06.0/config >held
try 1 doctor --json 0000:00:06.0
says FAIL 'in use' 'process [0-9]+ .sleep. has /sys/bus/pci/devices/0000:00:06.0/config open'
try 1 unbind 0000:00:06.0
has err 'in use: process'
echo >held

# In a group that VFIO made up.
set_driver "$f" vfio-pci
in_group "$f" 9
echo vfio-noiommu >sys/kernel/iommu_groups/9/name
mkdir -p sys/module/vfio/parameters
echo Y >sys/module/vfio/parameters/enable_unsafe_noiommu_mode
: >dev/vfio/noiommu-9
$fake virtio-poll-ctl doctor --json 0000:00:06.0 >out 2>err </dev/null
says WARN 'iommu group' 'without an IOMMU'
says PASS access=noiommu
says SKIP access=cdev 'an IOMMU in front of the device'
says SKIP access=type1 'an IOMMU in front of the device'
says PASS access 'access=noiommu'

# Registers of legacy virtio only.
pci_function 0000:00:07.0 0x1001
head -c 192 /dev/zero | dd of="$f/config" bs=64 seek=1 conv=notrunc 2>/dev/null
try 1 doctor --json 0000:00:07.0
says FAIL 'virtio 1.x' 'legacy' 'disable-modern=off'
try 0 doctor --json
says WARN pci:0000:00:07.0 'of legacy virtio only' 'disable-modern=off'

# What bind would refuse, or what would serve nothing, is not advised.
set_driver "$f" virtio-pci
try 1 doctor --json 0000:00:07.0
says FAIL driver 'virtio-pci holds it'
json '[.checks[] | select(.check == "driver").fix] == [null]'
try 0 doctor --json
says WARN pci:0000:00:07.0 'of legacy virtio only' 'disable-modern=off'
rm -r sys/module/vfio
pci_function 0000:00:08.0 0x1042 virtio-pci
try 1 doctor --json 0000:00:08.0
says FAIL driver 'virtio-pci holds it' '^virtio-poll-ctl bind --driver none pci:0000:00:08.0$'
try 0 doctor --json
says WARN pci:0000:00:08.0 'virtio-pci holds it' 'bind --driver none pci:0000:00:08.0'
