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

# Where nobody reads any more it is one too, of which nothing need be said.
{ sleep 0.5; virtio-poll-ctl list; echo $? >status; } 2>err | true
test "$(cat status)" = 1 || fail "without a reader list ends with $(cat status)"
test ! -s err || fail 'it complains of the reader'

# Messages that nobody reads do not keep a copy from its end.
needs_backend loopback
random_file odd 1000
truncate -s 1M disk
{ sleep 0.5; virtio-poll-ctl copy odd loopback:blk,file=disk; } 2>&1 | true
cmp -n 1000 odd disk >cmp || fail 'nothing was copied'
