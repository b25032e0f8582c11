#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device that stops answering ends the copy within the timeout.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
before=$(date +%s%N)
try 1 copy --timeout 1 loopback:blk,fault=silent:10 target
ms=$((($(date +%s%N) - before) / 1000000))
test $ms -lt 2000 || fail "it took $ms ms"
has err 'no completion'
# Data, since a hole takes few requests.
random_file data 8388608
try 1 copy --timeout 0.5 data loopback:blk,fault=silent:10
has err 'no completion'
try 1 copy loopback:blk,fault=needs-reset:10 target
has err 'asks for a reset'
