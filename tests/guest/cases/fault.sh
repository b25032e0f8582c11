# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# A device that is made to read from where nothing is mapped.
. /functions.sh

for mode in type1 ${built:+cdev}; do
	vfio iblk
	before=$(dmesg | wc -l)
	try "access=$mode: the device is stopped, and works again" \
		fault "pci:$(dev iblk),access=$mode"
	dmesg | tail -n +$((before + 1)) >$out
	grep -q "DMAR.*$(dev iblk | sed 's/^0000://')" $out
	check "access=$mode: the IOMMU reports the fault" $? = 0
	unbind iblk
done
try "another device has not been hurt" blk read "pci:$(dev blk)" 4096 64 1
