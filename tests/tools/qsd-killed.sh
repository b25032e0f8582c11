#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that is killed ends the copy at once, either way.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
truncate -s 64G sparse
for direction in from to; do
	serve $direction-device 2 on driver=null-co,node-name=disk,size=68719476736,read-zeroes=on
	case $direction in
	from) launch copy --timeout 60 vhost-user:$tmp/from-device /dev/null ;;
	to) launch copy --timeout 60 sparse vhost-user:$tmp/to-device ;;
	esac
	until_started
	sleep 0.5
	kill -KILL "$server"
	ends 1
	test $ms -lt 20000 || fail "it took $ms ms"
	# The other is the sentence while it is still given memory, on a busy machine.
	has err '^virtio-poll-ctl: .*the server \(is gone\|closed the connection\)'
done
