# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# What must not be driven is refused, with a sentence that says why.
. /functions.sh

vfio iblk inoplatform
refused "a device behind the IOMMU is not given physical addresses" "IOMMU" \
	blk read "pci:$(dev iblk),access=noiommu" 0 8 1
refused "a device that bypasses the IOMMU is not given IOVAs" "ACCESS_PLATFORM" \
	blk read "pci:$(dev inoplatform),access=type1" 0 8 1
refused "access=auto refuses it as well" "ACCESS_PLATFORM" \
	blk read "pci:$(dev inoplatform)" 0 8 1
test -z "$built" || refused "access=cdev refuses it as well" "ACCESS_PLATFORM" \
	blk read "pci:$(dev inoplatform),access=cdev" 0 8 1
refused "access=sysfs refuses what vfio-pci holds, and names it" "vfio-pci" \
	blk read "pci:$(dev iblk),access=sysfs" 0 8 1
unbind iblk inoplatform
refused "access=sysfs refuses a device behind the IOMMU" "IOMMU" \
	blk read "pci:$(dev iblk),access=sysfs" 0 8 1
refused "access=vfio needs the device to be bound" "vfio-pci" \
	blk read "pci:$(dev iblk),access=vfio" 0 8 1
refused "a legacy device is refused" "legacy" blk read "pci:$(dev legacy)" 0 8 1
refused "a device that is not there is refused" "0000:00:03.7" blk read pci:0000:00:03.7 0 8 1
refused "an unknown way in is refused" "access=bus" blk read "pci:$(dev blk),access=bus" 0 8 1
try "a transitional device is driven as a modern one" \
	blk read "pci:$(dev transitional)" 4096 4096 1
# One opener at a time.
rm -f /tmp/busy
load forever "pci:$(dev blk)" 1 >/tmp/busy 2>&1 &
wait_for -s /tmp/busy
refused "a device that another process drives is busy" "EBUSY" blk read "pci:$(dev blk)" 0 8 1
kill -9 $!
