#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# On a terminal there is a bar with rate and time left, and it goes away.

. "$(dirname "$0")/functions.sh"

needs script
needs_backend loopback
copy='virtio-poll-ctl copy loopback:null,size=32G /dev/null'
script -qec "$copy" /dev/null >out 2>&1 </dev/null || fail 'copy failed'
has out '% \[#* *\] .* of 32.0 GiB, .* MiB/s, .* left'
tr '\r' '\n' <out | tail -n 3 >last
! grep -q '%' last || fail 'the bar is still there'
script -qec "$copy --no-progress" /dev/null >out 2>&1 </dev/null
has_not out '%'
