# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# A device that offers packed rings.
. /functions.sh

first=0

use_packed() {
	try "access=$1: a device with packed=on is driven" \
		blk write "pci:$(dev "$2"),access=$1" $first 64 11
	wrote "$2" $first 64 11
	first=$((first + 64))
}

each_mode use_packed packed ipacked
