#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A block that no request can carry through the queues is a failure before the
# target is touched.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
device=loopback:blk,size-max=512,block-size=4096,queue-size=4,seg-max=64
echo old >target
cp target before
try 1 copy $device target
has err '2 segments of 512 bytes' 'not one block of 4096 bytes'
same before target
try 1 copy target $device
has err 'not one block of 4096 bytes'
try 1 bench $device
has err 'not one block of 4096 bytes'

# No request at all fits.
try 1 bench --runtime 0.1 loopback:blk,queue-size=2
has err 'queue 0 of loopback:.* has 2 descriptors, and a request takes 3'
has_not err 'taking'
try 1 copy loopback:blk,queue-size=1 target
has err 'has 1 descriptor, and'
same before target
