#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# bench ends on a device that stops answering, dies or breaks the rules.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
for fault in silent die id-range needs-reset; do
	try 1 bench --timeout 0.5 --runtime 20 loopback:blk,fault=$fault:1000
	test -s err || fail "no sentence for $fault"
	try 1 bench --timeout 0.5 --runtime 20 --numjobs 2 \
		loopback:blk,fault=$fault:1000,num-queues=2,thread=on
done
try 1 bench --timeout 0.5 --runtime 20 loopback:blk,fault=id-range:1000
has err 'id-range:1000: the device broke a rule .*: .* completed descriptor .* (queue 0)'
