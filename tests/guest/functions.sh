# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
#
# What the cases share; each begins with `. /functions.sh`. A case is named by its
# file. It says what it promises in `try`, `refused` and `check` lines, each of
# which is a test of its own; $VP_CASE is put in front.

set -u
out=/tmp/out
built=yes
test -e /sys/module/iommufd || built=

report() {
	echo "$1 - $VP_CASE: $2"
}

failed() {
	report 'not ok' "$1"
	shift
	for line; do
		echo "# $line"
	done
	tail -n 20 $out | sed 's/^/# /'
	# For the log of the console only.
	echo "the end of dmesg:"
	dmesg | tail -n 12
}

# try PROMISE COMMAND...: ends with 0. The limits of time are for hosts that are busy.
try() {
	promise=$1
	shift
	timeout -s KILL 60 "$@" >$out 2>&1
	status=$?
	if test $status = 0; then
		report ok "$promise"
	else
		failed "$promise" "$* ends with $status:"
	fi
	return $status
}

# refused PROMISE PATTERN COMMAND...: fails, with a sentence that has the pattern.
refused() {
	promise=$1
	pattern=$2
	shift 2
	timeout -s KILL 60 "$@" >$out 2>&1
	status=$?
	if test $status = 0 || test $status -gt 125; then
		failed "$promise" "$* ends with $status:"
	elif ! grep -q -e "$pattern" $out; then
		failed "$promise" "nothing of '$pattern' in:"
	else
		report ok "$promise"
	fi
}

# check PROMISE TEST-ARGUMENT...
check() {
	promise=$1
	shift
	: >$out
	if test "$@"; then
		report ok "$promise"
	else
		failed "$promise" "it is not so: $*"
	fi
}

# wait_for TEST-ARGUMENT...: until it is so, for half a minute at most.
wait_for() {
	for _ in $(seq 60); do
		! test "$@" || return 0
		sleep 0.5
	done
	return 1
}

skip() {
	report ok "$1 # SKIP $2"
}

# dev NAME: the address of the device (see machine.sh), as init.sh has found it.
. /tmp/devices
dev() {
	eval "echo \$at_$1"
}

# sys NAME: its folder.
sys() {
	echo "/sys/bus/pci/devices/$(dev "$1")"
}

driver() {
	link=$(readlink "$(sys "$1")/driver")
	echo "${link##*/}"
}

unbind() {
	for name; do
		folder=$(sys "$name")
		test ! -e "$folder/driver" || dev "$name" >"$folder/driver/unbind"
		echo >"$folder/driver_override"
	done
}

# vfio NAME...: bound to vfio-pci from now on.
vfio() {
	for name; do
		unbind "$name"
		echo vfio-pci >"$(sys "$name")/driver_override"
		dev "$name" >/sys/bus/pci/drivers_probe
		test "$(driver "$name")" = vfio-pci ||
			echo "# $name is not bound to vfio-pci"
	done
}

# command_register NAME: four hexadecimal digits.
command_register() {
	od -A n -t x2 -j 4 -N 2 "$(sys "$1")/config" | tr -d ' '
}

# wrote NAME FIRST COUNT SEED: the host looks whether the disk has this.
wrote() {
	echo "GUEST-DISK $VP_CASE $*"
}

# For each way in: call MODE DEVICE, where DEVICE is bound as MODE wants it, out
# of the two given: each_mode FUNCTION BYPASSING BEHIND-IOMMU
each_mode() {
	for mode in cdev type1 noiommu sysfs; do
		case $mode in
		cdev | type1) name=$3 ;;
		*) name=$2 ;;
		esac
		case $mode$built in
		cdev | noiommu)
			skip "access=$mode" "$(cat /modules/built/missing)"
			continue
			;;
		sysfs*) unbind "$name" ;;
		*) vfio "$name" ;;
		esac
		"$1" $mode "$name"
		unbind "$name"
	done
}
