# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# Several devices in one process.
. /functions.sh

vfio iblk iblk4
try "two IOMMU groups, type1" \
	several "pci:$(dev iblk),access=type1" "pci:$(dev iblk4),access=type1"
test -z "$built" || try "two IOMMU groups, cdev" \
	several "pci:$(dev iblk),access=cdev" "pci:$(dev iblk4),access=cdev"
vfio ipair0
refused "one group, of which a member has no VFIO driver" "group" \
	several "pci:$(dev ipair0),access=type1" "pci:$(dev ipair1),access=type1"
vfio ipair1
try "two devices of one group, type1" \
	several "pci:$(dev ipair0),access=type1" "pci:$(dev ipair1),access=type1"
test -z "$built" || try "two devices of one group, cdev" \
	several "pci:$(dev ipair0),access=cdev" "pci:$(dev ipair1),access=cdev"
pattern make /tmp/disk 8192 1
try "devices of every kind of access" several "pci:$(dev iblk)" "pci:$(dev blk)" \
	"pci:$(dev ipair0)" loopback:blk,file=/tmp/disk
rm -f /tmp/disk
unbind iblk iblk4 ipair0 ipair1
