#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# SIGINT and SIGTERM stop the device and end with 130.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
for signal in INT TERM; do
	launch copy --timeout 60 loopback:blk,fault=silent:10 target.$signal
	wait_until test -s target.$signal
	kill -$signal $p
	ends 130
	has err ': stopping'
done
