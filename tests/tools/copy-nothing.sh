#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device without a sector, and an empty file, are copied in no time.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
echo full >target
try 0 copy loopback:blk,size=0 target
test ! -s target || fail 'the target is not empty'
: >empty
try 0 copy empty loopback:blk,size=0
try 0 copy empty loopback:blk
