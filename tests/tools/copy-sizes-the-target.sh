#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A regular target gets exactly the device's size; another one is not cut.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
random_file image 51200
random_file target 90000
try 0 copy loopback:blk,file=$tmp/image target
same image target
try 0 copy loopback:blk,file=$tmp/image /dev/null
test -c /dev/null || fail '/dev/null is gone'
try 1 copy loopback:blk,file=$tmp/image /dev/full
has err '/dev/full'
