#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# bench writes only if --yes is said, and never to a read-only device.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
head -c 65536 /dev/zero >image
cp image before
for rw in write randwrite; do
	try 2 bench --rw $rw loopback:blk,file=$tmp/image
	has err '[-][-]yes'
	same before image
	try 1 bench --rw $rw --yes loopback:blk,file=$tmp/image,readonly
	has err 'read-only'
	same before image
done
try 0 bench --rw randwrite --yes --runtime 0.1 loopback:blk,file=$tmp/image
! cmp -s before image || fail 'nothing was written'
