# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# Four queues of one device, each with a thread of its own.
. /functions.sh

first=0

use_queues() {
	try "access=$1: four threads write and read" \
		queues "pci:$(dev "$2"),access=$1" 4 $first 128 9
	wrote "$2" $first 512 9
	first=$((first + 512))
}

each_mode use_queues blk4 iblk4
vfio iblk4
try "num-queues=2 lets two be used" queues "pci:$(dev iblk4),num-queues=2" 2 0 64 9
refused "num-queues=2 gives two and not four" "2 queues of 4" \
	queues "pci:$(dev iblk4),num-queues=2" 4 0 64 9

# Used elements of a large ring lie on many pages; a half that goes elsewhere is a
# fault of the IOMMU, or the wrong length.
faults() {
	dmesg | grep -c 'DMAR:.*fault'
}
before=$(faults)
try "a queue of 1024 is driven round and round" \
	virtio-poll-ctl bench "pci:$(dev iblk4),access=type1" --runtime 2
check "the IOMMU has no fault to report" "$(faults)" = "$before"
unbind iblk4
