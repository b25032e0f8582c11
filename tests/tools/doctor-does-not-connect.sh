#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# doctor finds a server that listens, and the server sees nothing of it.

. "$(dirname "$0")/functions.sh"

needs jq perl
needs_backend vhost-user
perl -MSocket -MIO::Handle -e '
	socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un("sock")) && listen(S, 5) or die;
	system("virtio-poll-ctl", "doctor", "--json", "vhost-user:sock") == 0 or die "doctor";
	S->blocking(0);
	!accept(C, S) or die "it has connected";
	close(S);' >out 2>err || fail 'perl ends so'
says PASS server 'process [0-9]* .perl. listens'
says PASS clients 'none'

# What listens in another network name space is there as well.
unshare -n true 2>/dev/null || unshare -rn true 2>/dev/null || exit 0
wrap=$(unshare -n true 2>/dev/null && echo 'unshare -n' || echo 'unshare -rn')
$wrap perl -MSocket -e '
	socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un("far")) && listen(S, 5) or die;
	sleep 60' &
pids=$!
wait_until test -S far
sleep 0.1
try 0 doctor --json vhost-user:far
says PASS server 'cannot be seen from here'
