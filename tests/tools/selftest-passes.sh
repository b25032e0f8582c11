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
# Its file lies where temporary files do, and what is wrong there is told as that.
mkdir files
export TMPDIR=$tmp/files
try 0 selftest
test -z "$(ls files)" || fail 'it leaves a file'
TMPDIR=$tmp/nowhere
try 1 selftest
has out '^ *FAIL  *a file .*no file can be made in' '(TMPDIR)'
