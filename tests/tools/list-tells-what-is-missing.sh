#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# list shows every kind of PCI device, and what each of them is missing.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend pci
fake_machine

# state ADDRESS STATE MISSING: what list says of it; MISSING is a regular expression.
state () {
	jq -e --arg a "pci:$1" --arg s "$2" --arg m "$3" '[.devices[] | select(.address == $a and
		.state == $s and (.missing // "nothing" | test($m)))] | length == 1' out >cmp ||
		fail "$*"
}

pci_function 0000:00:01.0 0x1045 virtio-pci		# held
pci_function 0000:00:02.0 0x1001			# legacy only
: >"$f/config"
head -c 256 /dev/zero >"$f/config"
put_bytes "$f/config" 0 "$(le16 0x1af4)$(le16 0x1001)"
pci_function 0000:00:03.0 0x1001			# transitional
pci_function 0000:00:04.0 0x1042 vfio-pci		# bound, no group
pci_function 0000:00:05.0 0x1042 vfio-pci		# bound, without its node,
in_group "$f" 5
pci_function 0000:00:06.0 0x1042 vfio-pci		# and with it
in_group "$f" 6
: >dev/vfio/vfio
: >dev/vfio/6
pci_function 0000:00:07.0 0x1042			# behind an IOMMU, unbound
in_group "$f" 7
pci_function 0000:00:08.0 0x1042 uio_pci_generic
pci_function deadbeef:07:1f.7 0x1044			# all the digits there are
pci_function 0000:00:09.0 0x1237 '' 0x8086		# none of ours
try 0 list --json
json '[.devices[].address] == ["pci:0000:00:01.0", "pci:0000:00:02.0", "pci:0000:00:03.0",
	"pci:0000:00:04.0", "pci:0000:00:05.0", "pci:0000:00:06.0", "pci:0000:00:07.0",
	"pci:0000:00:08.0", "pci:deadbeef:07:1f.7"]'
state 0000:00:01.0 'in use by virtio-pci' 'virtio-pci.*bind'
state 0000:00:02.0 'not ready' 'legacy'
state 0000:00:04.0 'not ready' 'IOMMU'
state 0000:00:05.0 'not ready' 'node'
state 0000:00:06.0 ready '^nothing$'
state 0000:00:07.0 'not ready' 'IOMMU.*bind'

# For one without privilege.
command -v setpriv >/dev/null || exit 0
chmod 0 dev/vfio/6
$fake setpriv --bounding-set=-all --inh-caps=-all virtio-poll-ctl list --json >out 2>err ||
	fail 'list needs privilege'
state 0000:00:06.0 'not ready' 'permission.*/dev/vfio/6'
