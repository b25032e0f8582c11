#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Zeroes of a device are holes in a fresh file; an old file is written over.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend loopback
truncate -s 64M disk
random_file data 1000000
dd if=data of=disk bs=1000 seek=20000 conv=notrunc 2>/dev/null

# space FILE: KiB that it takes
space () {
	du -k "$1" | cut -f 1
}

test "$(space disk)" -lt 8192 || skip 'this file system makes no holes'
try 0 copy loopback:blk,file=disk fresh --json
same disk fresh
json '.hole_bytes > 60000000 and .copied_bytes == 67108864'
test "$(space fresh)" -lt 8192 || fail "it takes $(space fresh) KiB"

try 0 copy --no-sparse loopback:blk,file=disk full --json
same disk full
json '.hole_bytes == 0'
test "$(space full)" -ge 65536 || fail "without holes it takes $(space full) KiB"

# What stands where the device has zeroes must not survive.
random_file old 67108864
try 0 copy loopback:blk,file=disk old --json
same disk old
json '.hole_bytes == 0'
