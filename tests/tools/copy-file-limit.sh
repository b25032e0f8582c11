#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A limit on the size of files (ulimit -f) is an error like any other.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
# Of 40 MiB; memory that is shared counts as a file, too.
ulimit -f 81920
try 1 copy --no-sparse loopback:blk,size=64M target
has err 'target.*: File too large'
