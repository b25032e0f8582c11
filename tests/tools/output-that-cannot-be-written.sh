#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A report that does not arrive is a failure.

. "$(dirname "$0")/functions.sh"

test -c /dev/full || skip 'no /dev/full'
for c in --help list 'list --json' backends 'features ff'; do
	virtio-poll-ctl $c >/dev/full 2>err
	status=$?
	test $status = 1 || fail "'$c' ends with $status"
	has err 'cannot write'
done
