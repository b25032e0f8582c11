# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# Sleep and interrupts: MSI-X through VFIO to eventfds.
. /functions.sh

sleep_and_wake() {
	if test "$1" = sysfs; then
		try "access=sysfs: sleep is refused" wake "pci:$(dev "$2"),access=$1" none
	else
		try "access=$1: each queue is woken" wake "pci:$(dev "$2"),access=$1" 4
	fi
}

each_mode sleep_and_wake blk4 iblk4
vfio ivectors
try "four queues with two vectors are woken" wake "pci:$(dev ivectors)" 4
unbind ivectors
vfio iblk4
try "four queues with vectors=1 are woken" wake "pci:$(dev iblk4),vectors=1" 4
unbind iblk4
