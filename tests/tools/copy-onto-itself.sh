#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# What would be overwritten by its own copy, or by the report, is refused unchanged.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
virtio-poll-ctl copy loopback:blk,size=1M /dev/stdout >image 2>err
test $? = 1 || fail 'it copies to where it reports'
has err "'/dev/stdout' is where the report or messages go"
test ! -s image || fail 'something was written'
random_file odd 3002
cp odd before
for c in 'loopback:blk,file=odd odd' 'odd loopback:blk,size=1M,file=./odd,readonly'; do
	try 1 copy $c
	has err "'odd' is the file behind loopback:blk"
	same before odd
done
