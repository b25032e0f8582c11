# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# A program that is killed with requests in flight leaves a device that works.
. /functions.sh

kill_and_reopen() {
	address=pci:$(dev "$2"),access=$1
	: >/tmp/busy
	load forever "$address" 2 >/tmp/busy 2>$out &
	wait_for -s /tmp/busy
	kill -9 $!
	wait $! 2>/dev/null
	check "access=$1: the program was at work" -s /tmp/busy
	try "access=$1: the next one opens the device, and it works" blk read "$address" 4096 512 1
}

each_mode kill_and_reopen blk iblk
