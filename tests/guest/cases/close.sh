# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# After the last close the device is as it was.
. /functions.sh

look_after() {
	override=$(cat "$(sys "$2")/driver_override")
	try "access=$1: the device is reset by stop" ready "pci:$(dev "$2"),access=$1" 2 0
	try "access=$1: it reads" blk read "pci:$(dev "$2"),access=$1" 4096 64 1
	check "access=$1: bus mastering is off" \
		$((0x$(command_register "$2") & 4)) = 0
	check "access=$1: driver_override is what it was" \
		"$(cat "$(sys "$2")/driver_override")" = "$override"
}

each_mode look_after blk iblk
