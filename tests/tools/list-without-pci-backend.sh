#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Without the pci backend list tells what is on the bus, and that it is missing.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
pci_function 0000:00:02.0 0x1042
pci_function 0000:00:03.0 0x1041 virtio-pci
VIRTIO_POLL_PLUGIN_PATH=$tmp/nowhere
export VIRTIO_POLL_PLUGIN_PATH
! virtio-poll-ctl backends 2>/dev/null | grep -qx pci || skip 'a pci backend is installed'
try 0 list --json
json '[.devices[].state] == ["not ready", "in use by virtio-pci"]'
json '[.devices[].type] == ["block", "network"]'
json '.devices[0].missing == "the pci backend is not installed"'
json '.devices[1].missing | test("virtio-pci holds it: virtio-poll-ctl bind --driver none pci:0000:00:03.0$")'
try 0 info 0000:00:02.0 --json
json '.queues == null and (.reasons.queues | test("pci"))'
mkdir nowhere
echo nonsense >nowhere/pci.so
try 0 list --json
json '.devices[0].missing | test("refused: see .virtio-poll-ctl backends")'
