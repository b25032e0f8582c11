#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Impatience does not leave a device running: several signals end as one does,
# with the device stopped and 130.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
for c in 'copy loopback:blk,fault=silent:10 target' 'bench loopback:blk,fault=silent:10' \
	'bench --runtime 60 loopback:null'; do
	launch $c --timeout 60
	until_started
	kill -INT $p
	kill -INT $p
	kill -TERM $p
	kill -INT $p
	ends 130
	has err ': stopping'
	test ! -s out || fail "'$c' has printed a report"
done
