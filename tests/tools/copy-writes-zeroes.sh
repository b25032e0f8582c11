#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Holes of a file are written as ranges of zeroes where the device can, else as
# data; either way what was there before is gone.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend loopback
truncate -s 32M source
random_file data 300000
dd if=data of=source bs=1000 seek=10000 conv=notrunc 2>/dev/null
dd if=data of=source bs=1 count=700 conv=notrunc 2>/dev/null
test "$(du -k source | cut -f 1)" -lt 4096 || skip 'this file system makes no holes'

random_file disk 33554432
try 0 copy source loopback:blk,file=disk --json
same source disk
json '.hole_bytes > 30000000'
test "$(du -k disk | cut -f 1)" -lt 4096 || fail 'the device has not given its space back'

random_file disk 33554432
try 0 copy source loopback:blk,file=disk,block-size=4096,num-queues=3 --json
same source disk
json '.hole_bytes > 30000000'

for o in ,no-features=BLK_F_WRITE_ZEROES ' --no-sparse'; do
	random_file disk 33554432
	try 0 copy source loopback:blk,file=disk$o --json
	same source disk
	json '.hole_bytes == 0'
done

# A real server.
random_file disk 33554432
serve_file sock 2 on disk
try 0 copy --verify source vhost-user:sock
same source disk
