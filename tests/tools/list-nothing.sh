#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# list of nothing is no failure, and no table.

. "$(dirname "$0")/functions.sh"

needs jq
fake_sysfs
try 0 list --json
json '.devices == []'
VIRTIO_POLL_SYSFS=$tmp/nowhere
try 0 list --json
json '.devices == []'
try 0 list
has out '^devices  none'
