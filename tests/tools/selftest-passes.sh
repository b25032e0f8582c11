#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# selftest passes where the loopback backend is built.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend loopback
try 0 selftest
has out '^passed  *[1-9]' '^failed  *0'
try 0 selftest --json
json '([.cases[].result == "PASS"] | all) and .passed == (.cases | length)'
