#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# SIGINT and SIGTERM while a server is waited for leave no socket behind.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
for signal in INT TERM; do
	for c in 'copy vhost-user:sock,server=on target' 'bench vhost-user:sock,server=on' \
		'probe vhost-user:sock,server=on'; do
		virtio-poll-ctl $c --timeout 2 >out 2>err &
		p=$!
		pids=$p
		wait_until test -S sock
		kill -$signal $p
		wait $p
		status=$?
		test $status = 130 || fail "'$c' ends with $status after SIG$signal"
		test ! -e sock || fail "'$c' has left its socket after SIG$signal"
	done
done
