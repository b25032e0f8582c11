#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# doctor of a descriptor tells whether it is a connected socket of the right kind.

. "$(dirname "$0")/functions.sh"

needs jq perl
needs_backend vhost-user

# hand_over STATUS SOCKET: where that is an expression of perl which makes socket A.
hand_over () {
	perl -MSocket -e '
		$^F = 255; # none is closed by exec
		eval(shift) or die;
		exec "virtio-poll-ctl", "doctor", "--json", "vhost-user:fd=" . fileno(A)' \
		"$2" >out 2>err
	status=$?
	test $status = "$1" || fail "'$2' ends with $status instead of $1"
}

hand_over 0 'socketpair(A, B, AF_UNIX, SOCK_STREAM, 0)'
says PASS socket 'is a connected socket'
hand_over 1 'socket(A, AF_UNIX, SOCK_STREAM, 0)'
says FAIL socket 'is not connected' 'connect it'
hand_over 1 'socketpair(A, B, AF_UNIX, SOCK_DGRAM, 0)'
says FAIL socket 'another kind' 'unix stream socket'
hand_over 1 'socket(A, AF_INET, SOCK_STREAM, 0)'
says FAIL socket 'another kind'
hand_over 1 'open(A, "<", "/dev/null")'
says FAIL socket 'is no socket'
try 1 doctor --json vhost-user:fd=77
says FAIL socket 'not open'
for number in x 3x +3 ' 3' ''; do
	try 1 doctor --json "vhost-user:fd=$number"
	says FAIL socket 'is not the number' './fd='
done
