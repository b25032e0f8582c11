#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# list and info of this machine's own devices need no privilege.

. "$(dirname "$0")/functions.sh"

needs jq
try 0 list --json
json '[.devices[] | keys_unsorted == ["address", "type", "driver", "iommu_group", "numa_node",
	"state", "missing"]] | all'
# One that no kernel driver holds would be opened.
for a in $(jq -r '.devices[] | select(.state | startswith("in use by")).address |
	select(startswith("pci:"))' out); do
	try 0 info "$a" --json
	json '.address == "'"$a"'" and .queues == null and .reasons.queues != null'
	try 0 info "$a"
done
