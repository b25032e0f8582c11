#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# list, info of what a kernel driver holds, and doctor open nothing of this
# machine but attributes and configuration space, for reading.

. "$(dirname "$0")/functions.sh"

needs strace jq
strace -f -o trace virtio-poll-ctl --version >out 2>err || skip 'strace cannot look on here'
try 0 list --json
cp out list
jq -e '.devices | length > 0' list >cmp || skip 'this machine has no virtio device'

# What is opened, and by which other call something could be written.
calls=openat,open,creat,openat2,mmap,ioctl,truncate,unlink,mknod,connect
calls=$calls,write,writev,pwrite64,pwritev

# only_reads ARGUMENT...
only_reads () {
	strace -f -y -e trace=$calls -o trace virtio-poll-ctl "$@" >out 2>err </dev/null
	status=$?
	test $status -lt 2 || fail "'$*' ends with $status"
	grep -q '"/sys/bus/pci' trace || fail "'$*': strace saw nothing"
	# libpciaccess opens /proc/mtrr to be able to set the caching of a BAR that is
	# mapped; none is here, so that it is never written nor controlled.
	grep -v '"/proc/mtrr", O_WRONLY' trace | grep -e '"/sys/' -e '"/dev/' -e '"/proc/' |
		grep -v -e '"/dev/null"' -e '"/dev/tty"' >opened
	! grep -e O_WRONLY -e O_RDWR -e O_CREAT -e O_TRUNC -e creat opened >cmp ||
		fail "'$*' opens for writing"
	! grep -e '"/dev/' -e '"/proc/bus' opened >cmp || fail "'$*' opens a device"
	! grep -e '/resource[0-9]' -e '/rom"' opened >cmp || fail "'$*' opens a BAR"
	! grep -e '^[0-9 ]*mmap(.*</sys/' -e '^[0-9 ]*ioctl(.*</sys/' trace >cmp ||
		fail "'$*' maps or controls a file of sysfs"
	! grep -e '^[0-9 ]*p*writev*6*4*([0-9]*</\(sys\|proc\|dev/mem\)' \
		-e '^[0-9 ]*\(mmap\|ioctl\)(.*</proc/' trace >cmp ||
		fail "'$*' writes to a file of the machine"
}

only_reads list
only_reads doctor
# One that no kernel driver holds would be opened by info.
for a in $(jq -r '.devices[] | select(.state | startswith("in use by")).address |
	select(startswith("pci:"))' list); do
	only_reads info "$a"
	only_reads doctor "$a"
	only_reads info "$a",access=sysfs
done
