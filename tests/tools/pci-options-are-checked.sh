#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# info, doctor, bind and unbind refuse options that the pci backend does not
# have or take, though they do not open a device that is held.

. "$(dirname "$0")/functions.sh"

needs_backend pci
fake_machine
pci_function 0000:00:04.0 0x1042 virtio-pci
in_group "$f" 12
mkdir -p sys/bus/pci/drivers/vfio-pci

# wrong OPTIONS SENTENCE
wrong () {
	for command in info doctor 'bind --dry-run' 'unbind --dry-run'; do
		for place in pci:0000:00:04.0 0000:00:04.0; do
			try 2 $command "$place,$1"
			has err "$2"
			test ! -s out || fail "'$command' reports all the same"
		done
	done
}

wrong access=foo 'access=foo'
wrong nonsense=1 'no option "nonsense"'
wrong queue-size=3 'queue-size=3'
wrong access=sysfs,access=type1 'given twice'
wrong timeout=0 timeout
wrong '' '"" is no option'
wrong , '0000:00:04.0,'

for command in info 'bind --dry-run' 'unbind --dry-run'; do
	try 0 $command pci:0000:00:04.0,access=type1,queue-size=64,timeout=1000
done
try 1 info pci:0000:00:1f.0,access=type1
has err 'no PCI device 0000:00:1f.0'
