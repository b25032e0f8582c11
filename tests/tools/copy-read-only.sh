#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device that is read-only is read, and not written.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
random_file image 51200
cp image before
try 0 copy loopback:blk,file=$tmp/image,readonly copied
same image copied
random_file other 51200
try 1 copy other loopback:blk,file=$tmp/image,readonly
has err 'read-only'
same before image
