#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# On a terminal bench tells the rate so far and the time left; elsewhere nothing.

. "$(dirname "$0")/functions.sh"

needs script
needs_backend loopback
bench='virtio-poll-ctl bench --runtime 1.2 loopback:null'
TERM=xterm script -qec "$bench" /dev/null >out 2>&1 </dev/null || fail 'bench failed'
has out '[0-9] requests/s, [0-9.]* MiB/s, 0:0[12] left' 'address  *loopback:null'
tr '\r' '\n' <out | sed -n '/^address/,$p' >report
! grep -q left report || fail 'the line is still there'
for quiet in "TERM=dumb $bench" "$bench --no-progress"; do
	TERM=xterm script -qec "$quiet" /dev/null >out 2>&1 </dev/null
	has_not out left
done
TERM=xterm script -qec "stty cols 20; $bench" /dev/null >out 2>&1 </dev/null
tr '\r' '\n' <out | grep requests/ | while read -r line; do
	test ${#line} -lt 20 || { echo "$line"; exit 1; }
done || fail 'a line is wider than the window'
try 0 bench --runtime 0.5 loopback:null
test ! -s err || fail 'without a terminal there is a live line'
