# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# 500 regions of memory for one device.
. /functions.sh

use_regions() {
	for kind in anonymous file; do
		try "access=$1: 500 regions of $kind memory are registered, used, taken back" \
			regions "pci:$(dev "$2"),access=$1" 500 $kind
	done
}

each_mode use_regions blk iblk
