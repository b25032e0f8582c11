#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# --verify reads back what was copied, and says where the first difference is.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend loopback
random_file source 5000000
truncate -s 5001216 disk
try 0 copy --verify source loopback:blk,file=disk --json
json '.verified == true'
try 0 copy --verify loopback:blk,file=disk target --json
json '.verified == true'
same disk target
try 0 copy source loopback:blk,file=disk --json
json '.verified == false'

# The null device forgets: its read leaves the zeroes of fresh memory. Chunks of
# one request each, so that the buffer of the first is not that of the second.
head -c 65536 /dev/zero >source
printf x | dd of=source bs=1 seek=33333 conv=notrunc 2>/dev/null
try 0 copy --verify --no-sparse --bs 512 --iodepth 128 loopback:blk,size=64K target
try 1 copy --verify --bs 512 --iodepth 1 source loopback:null,size=64K
has err "'source' and loopback:null,size=64K differ, first at byte "
test ! -s out || fail 'a report of what has failed'

# What cannot be read back is refused before anything is moved.
try 1 copy --verify loopback:blk /dev/null
has err 'cannot be read back'
