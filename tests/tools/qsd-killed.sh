#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that is killed ends the copy at once, either way.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
truncate -s 64G sparse
for direction in from to; do
	serve $direction-device 2 on driver=null-co,node-name=disk,size=68719476736,read-zeroes=on
	(sleep 1; kill -KILL "$server") &
	before=$(date +%s%N)
	test $direction = from || try 1 copy sparse vhost-user:$tmp/to-device
	test $direction = to || try 1 copy vhost-user:$tmp/from-device /dev/null
	ms=$((($(date +%s%N) - before) / 1000000))
	test $ms -ge 900 && test $ms -lt 3000 || fail "it took $ms ms"
	has err 'the server is gone'
done
