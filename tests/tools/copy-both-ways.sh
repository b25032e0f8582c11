#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Images of odd sizes come through a device unchanged, either way.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
for sectors in 1 2 511 512 513 20011; do
	random_file image $((sectors * 512))
	try 0 copy loopback:blk,file=$tmp/image out.img
	same image out.img
	head -c $((sectors * 512)) /dev/zero >target
	try 0 copy image loopback:blk,file=$tmp/target
	same image target
done
