#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# list of nothing is no failure, and no table.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
try 0 list --json
json '.devices == []'
rm -r sys/bus
try 0 list --json
json '.devices == []'
try 0 list
has out '^devices  none'
