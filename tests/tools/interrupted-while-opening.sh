#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A signal while a server is connected to that says nothing ends with 130, soon.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
serve sock 1 on driver=null-co,node-name=disk
kill -STOP "$server"
for signal in INT TERM; do
	for c in 'probe vhost-user:sock' 'bench vhost-user:sock' 'copy vhost-user:sock target' \
		'info vhost-user:sock'; do
		virtio-poll-ctl $c --timeout 60 >out 2>err &
		p=$!
		pids="$pids $p"
		sleep 0.3
		before=$(date +%s%N)
		kill -$signal $p
		wait $p
		status=$?
		ms=$((($(date +%s%N) - before) / 1000000))
		test $status = 130 || fail "'$c' ends with $status after SIG$signal"
		test $ms -lt 3000 || fail "'$c' took $ms ms"
		test ! -s out || fail "'$c' has printed a report"
	done
done
test ! -e target || fail 'the target was made'
