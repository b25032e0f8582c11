# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# A disk is read and written by every way in, seen from inside and by the host.
. /functions.sh

first=0

read_and_write() {
	address=pci:$(dev "$2"),access=$1
	try "access=$1 reads what is on the disk" blk read "$address" 4096 4096 1
	try "access=$1 writes" blk write "$address" $first 64 5
	wrote "$2" $first 64 5
	try "access=$1 writes 64 KiB blocks" blk write "$address" $((first + 64)) 100 6 65536
	wrote "$2" $((first + 64)) 100 6
	try "access=$1 uses memory that is aligned to nothing" \
		blk write "$address" $((first + 164)) 32 7 4096 3
	wrote "$2" $((first + 164)) 32 7
	first=$((first + 256))
}

each_mode read_and_write blk iblk
wrote blk 4096 4096 1
wrote iblk 4096 4096 1

vfio iblk
try "access=auto takes VFIO behind an IOMMU" blk read "pci:$(dev iblk)" 4096 64 1
try "queue-size= lowers the size of the queue" blk read "pci:$(dev iblk),queue-size=128" 4096 64 1
unbind iblk
try "access=auto takes sysfs without a driver and an IOMMU" blk read "pci:$(dev blk)" 4096 64 1
