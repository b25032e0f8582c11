#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# help lists each command, and each command has its own help.

. "$(dirname "$0")/functions.sh"

try 0 --help
for c in list info probe backends copy bench doctor bind unbind features selftest help; do
	has out "^  $c "
	try 0 help $c
	has out "^usage: virtio-poll-ctl $c "
	cp out help
	try 0 $c --help
	same help out
	try 0 --help
done
