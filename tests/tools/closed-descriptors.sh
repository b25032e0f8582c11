#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# With standard descriptors closed nothing is said into an image or a socket.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
head -c 65536 /dev/zero >image
cp image before
random_file source 1000
virtio-poll-ctl copy source loopback:blk,file=$tmp/image <&- >&- 2>&-
status=$?
# The report cannot be written, and that is a failure as ever.
test $status = 1 || fail "copy ends with $status"
head -c 1000 image >part
same source part
tail -c +1025 image >rest
tail -c +1025 before >rest.before
same rest.before rest
virtio-poll-ctl copy --quiet loopback:blk,file=$tmp/image copied <&- >&- 2>&-
status=$?
test $status = 0 || fail "a quiet copy ends with $status"
same image copied
