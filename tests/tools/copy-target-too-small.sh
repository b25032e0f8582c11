#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A target that is too small fails before anything is written.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
random_file source 65536
head -c 65024 /dev/zero >target
cp target before
try 1 copy source loopback:blk,file=$tmp/target
has err '65024' '65536' 'too small'
same before target
