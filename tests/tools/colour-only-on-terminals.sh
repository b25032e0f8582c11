#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Colours only on a terminal that has them, and never with NO_COLOR.

. "$(dirname "$0")/functions.sh"

needs script
needs_backend loopback
escape=$(printf '\033')
on_terminal () {
	script -qec "env $* virtio-poll-ctl doctor" /dev/null >out 2>&1 </dev/null
}

unset NO_COLOR
on_terminal TERM=xterm
has out "$escape\[[0-9;]*m"
for none in NO_COLOR=1 TERM=dumb TERM= '-u TERM'; do
	on_terminal TERM=xterm $none
	has_not out "$escape"
done
on_terminal TERM=xterm NO_COLOR=
has out "$escape\[[0-9;]*m"
for c in doctor selftest list; do
	TERM=xterm virtio-poll-ctl $c >out 2>&1
	has_not out "$escape"
	TERM=xterm script -qec "virtio-poll-ctl $c --json" /dev/null >out 2>&1 </dev/null
	has_not out "$escape"
done
