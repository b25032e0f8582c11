#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A file that is no multiple of the block size is padded, and that is said; to
# the end of the device at most.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
random_file source 1000003
head -c 1024000 /dev/zero | tr '\0' x >target
try 0 copy source loopback:blk,file=$tmp/target
has err 'padding it with 445 zeroes'
head -c 1000003 target >part
same source part
tail -c +1000004 target | head -c 445 >part
head -c 445 /dev/zero >zeroes
same zeroes part
test "$(tail -c 1 target)" = x || fail 'what was behind the end has changed'
try 0 copy source loopback:blk,size=2M,block-size=4096
has err 'block size 4096'

# A device that ends in the middle of a block: its image fits it, both ways.
random_file odd 4608
try 0 copy loopback:blk,file=$tmp/odd,block-size=4096 copied
same odd copied
head -c 4608 /dev/zero >target
try 0 copy copied loopback:blk,file=$tmp/target,block-size=4096
same odd target
has_not err padding
head -c 4100 odd >part
try 0 copy part loopback:blk,size=4608,block-size=4096
has err 'with 508 zeroes'
