#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# bind --dry-run tells every write and does none; unbind likewise.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
pci_function 0000:00:04.0 0x1042 virtio-pci
in_group "$f" 12
mkdir -p "$f/virtio1" sys/bus/pci/drivers/vfio-pci
find sys -type f -exec cksum {} + | sort >before
for address in pci:0000:00:04.0 0000:00:04.0 pci:00:04.0,access=type1; do
	try 0 bind --dry-run $address
	d=/sys/bus/pci
	has out "would write vfio-pci to $d/devices/0000:00:04.0/driver_override" \
		"would write 0000:00:04.0 to $d/drivers/virtio-pci/unbind" \
		"would write 0000:00:04.0 to $d/drivers_probe" 'nothing was changed'
done
try 0 bind --dry-run --json 0000:00:04.0
json '.dry_run and .driver == "virtio-pci" and .driver_before == "virtio-pci" and (.steps | length == 3)'

try 0 bind --dry-run --driver none 0000:00:04.0
has out "would write none to $d/devices/0000:00:04.0/driver_override" \
	"would write 0000:00:04.0 to $d/drivers/virtio-pci/unbind"
has_not out drivers_probe

set_driver "$f" vfio-pci
rm sys/bus/pci/drivers/vfio-pci/*
try 0 unbind --dry-run 0000:00:04.0
has out "would write an empty line to $d/devices/0000:00:04.0/driver_override" \
	"would write 0000:00:04.0 to $d/drivers/vfio-pci/unbind" \
	"would write 0000:00:04.0 to $d/drivers_probe"
find sys -type f -exec cksum {} + | sort >after
same before after
