#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that is stopped (SIGSTOP) ends copy and bench within the timeout.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
serve sock 2 on driver=null-co,node-name=disk,size=68719476736,read-zeroes=on
for c in 'copy vhost-user:sock /dev/null' 'bench vhost-user:sock --runtime 30 --numjobs 2'; do
	launch $c --timeout 2
	until_started
	sleep 0.5
	kill -STOP "$server"
	ends 1
	test $ms -ge 1000 && test $ms -lt 20000 || fail "it took $ms ms"
	# The other while it is still given memory, on a busy machine.
	has err 'no completion\|did not answer'
	kill -CONT "$server"
	sleep 0.5
done
