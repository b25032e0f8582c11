#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# SIGINT and SIGTERM stop the device and end with 130.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
for signal in INT TERM; do
	virtio-poll-ctl copy --timeout 60 loopback:blk,fault=silent:10 target 2>err &
	p=$!
	pids=$p
	wait_until test -s target
	sleep 0.3
	kill -$signal $p
	wait $p
	status=$?
	test $status = 130 || fail "SIG$signal ends with $status"
done
