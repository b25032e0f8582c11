#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device that asks for a reset has failed, whatever it completes.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
random_file source 65536
for thread in off on; do
	# After the only request, or long before the last of many.
	for fault in 0 100; do
		test $fault = 0 && size=512 || size=64M
		device=loopback:blk,size=$size,thread=$thread,fault=needs-reset:$fault
		try 1 copy --bs 64K $device target
		has err 'asks for a reset'
	done
	try 1 copy --bs 4K source loopback:blk,thread=$thread,fault=needs-reset:8
	has err 'asks for a reset'
	try 1 bench --runtime 1 loopback:blk,thread=$thread,fault=needs-reset:100
	has err 'asks for a reset'
done
