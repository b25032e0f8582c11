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
		launch $c --timeout 60
		wait_until catches $p
		sleep 0.3
		kill -$signal $p
		ends 130
		test $ms -lt 20000 || fail "'$c' took $ms ms"
		test ! -s out || fail "'$c' has printed a report"
	done
done
test ! -e target || fail 'the target was made'
