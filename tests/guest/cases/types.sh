# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# What is no disk: SCSI, entropy, network, balloon, console.
. /functions.sh

use_all() {
	for name in $2; do
		test "$1" = sysfs || vfio "$name"
	done
	# shellcheck disable=SC2086 # a list of names
	set -- "$1" $2
	a=,access=$1
	try "$2: INQUIRY and READ(10)" scsi "pci:$(dev "$2")$a"
	try "$3: random bytes" rng "pci:$(dev "$3")$a"
	try "$4, $5: frames there and back" net "pci:$(dev "$4")$a" "pci:$(dev "$5")$a"
	try "$6: a console is brought up" ready "pci:$(dev "$6")$a" 2 0
}

use_all sysfs "scsi rng net0 net1 console"
use_all type1 "iscsi irng inet0 inet1 iconsole"
vfio iballoon
try "iballoon: a balloon is brought up" ready "pci:$(dev iballoon)" 2 0
unbind iscsi irng inet0 inet1 iconsole iballoon
