#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# What has no size or no offsets is refused, and nothing hangs.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
mkfifo pipe
try 1 copy pipe loopback:null
has err 'pipe'
try 1 copy loopback:null pipe
has err 'pipe'
try 1 copy /dev/zero loopback:null
has err 'no size'
try 1 copy . loopback:null
try 1 copy loopback:null .
try 1 copy absent loopback:null
has err "'absent'"

# What is none is not called so: without a terminal there is no /dev/tty to open.
if command -v setsid >/dev/null && test -c /dev/tty; then
	fake='setsid -w'
	try 1 copy loopback:null /dev/tty
	fake=
	has err "cannot open '/dev/tty': No such device or address"
fi

# Nor is "-" taken for a file of that name.
try 1 copy loopback:null -
has err "'-' would be a pipe"
try 1 copy - loopback:null
has err "'-' would be a pipe"
test ! -e ./- || fail 'it made a file'

# A device without a driver is no pipe.
if mknod nobody c 10 250 2>/dev/null; then
	try 1 copy loopback:null nobody
	has_not err 'is a pipe'
fi
