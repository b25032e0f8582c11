#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# bind and unbind write what they say, and wait for the driver to change.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
pci_function 0000:00:04.0 0x1042 virtio-pci
in_group "$f" 12
mkdir -p "$f/virtio1" sys/bus/pci/drivers/vfio-pci
p=sys/bus/pci

# The kernel's part: when it is asked for a driver, the link moves.
kernel () {
	(
		until test -s $p/drivers_probe; do
			sleep 0.02
		done
		sleep 0.2
		set_driver "$f" "$1"
	) &
	pids=$!
}

kernel vfio-pci
try 0 bind --json 0000:00:04.0
json '.driver == "vfio-pci" and .driver_before == "virtio-pci" and .dry_run == false'
json '[.steps[] | startswith("wrote ")] == [true, true, true]'
test "$(cat "$f/driver_override")" = vfio-pci || fail 'driver_override'
test "$(cat $p/drivers/virtio-pci/unbind)" = 0000:00:04.0 || fail 'unbind of the old driver'
test "$(cat $p/drivers_probe)" = 0000:00:04.0 || fail 'drivers_probe'
wait $pids

try 0 bind 0000:00:04.0
has out 'vfio-pci holds it already'

: >$p/drivers_probe
kernel virtio-pci
try 0 unbind 0000:00:04.0
has out 'wrote an empty line to .*/driver_override$' 'virtio-pci holds 0000:00:04.0$'
test "$(cat "$f/driver_override")" = '' || fail 'driver_override was not cleared'
test "$(cat $p/drivers/vfio-pci/unbind)" = 0000:00:04.0 || fail 'unbind of vfio-pci'
test "$(cat $p/drivers_probe)" = 0000:00:04.0 || fail 'drivers_probe'
wait $pids

try 0 unbind 0000:00:04.0
has out 'a driver of the kernel holds it already'
pids=
