#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# On a terminal there is a bar with rate and time left, and it goes away.

. "$(dirname "$0")/functions.sh"

needs script
needs_backend loopback
export TERM=vt100
copy='virtio-poll-ctl copy loopback:null,size=128G /dev/null'
script -qec 'virtio-poll-ctl copy loopback:null,size=512G /dev/null' /dev/null >out 2>&1 </dev/null ||
	fail 'copy failed'
has out '% \[#* *\] .* of 512.0 GiB, .* MiB/s, .* left'
tr '\r' '\n' <out | tail -n 3 >last
! grep -q '%' last || fail 'the bar is still there'
script -qec "$copy --no-progress" /dev/null >out 2>&1 </dev/null
has_not out '%'
# Nor where the cursor cannot move.
for term in dumb ''; do
	TERM=$term script -qec "$copy" /dev/null >out 2>&1 </dev/null
	has_not out '%'
done

# A narrow window gets the short form, and no line wraps.
for width in 1 2 12 30; do
	script -qec "stty cols $width; $copy" /dev/null >out 2>&1 </dev/null || fail 'copy failed'
	tr '\r' '\n' <out | grep '%' | while read -r line; do
		test ${#line} -lt $width || { echo "$line"; exit 1; }
	done || fail "a line is wider than $width columns"
done
