# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# What a device tells besides completions.
. /functions.sh

bytes=$((8192 * 512))

listen() {
	bytes=$((bytes + 512 * 1024))
	try "access=$1: a disk that grows is an event, and the new size is read" \
		events resize "pci:$(dev "$2"),access=$1" "disk-$2" $bytes
	try "access=$1: a device that needs a reset says so, and gets it" \
		events broken "pci:$(dev "$2"),access=$1"
}

each_mode listen blk4 iblk4
