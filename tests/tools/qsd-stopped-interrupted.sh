#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# An interrupt ends the copy from a server that is stopped soon, with 130.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
serve sock 2 on driver=null-co,node-name=disk,size=68719476736,read-zeroes=on
virtio-poll-ctl copy --timeout 60 vhost-user:sock /dev/null 2>err &
p=$!
pids="$pids $p"
sleep 0.7
kill -STOP "$server"
sleep 0.3
before=$(date +%s%N)
kill -INT $p
wait $p
status=$?
ms=$((($(date +%s%N) - before) / 1000000))
test $status = 130 || fail "it ends with $status"
test $ms -lt 3500 || fail "it took $ms ms"
