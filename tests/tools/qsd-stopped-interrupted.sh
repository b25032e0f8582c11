#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# An interrupt ends the copy from a server that is stopped soon, with 130.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
serve sock 2 on driver=null-co,node-name=disk,size=68719476736,read-zeroes=on
launch copy --timeout 60 vhost-user:sock /dev/null
until_started
sleep 1		# until the copy itself has begun, else it waits for an answer until --timeout
kill -STOP "$server"
sleep 0.3
kill -INT $p
ends 130
test $ms -lt 20000 || fail "it took $ms ms"
