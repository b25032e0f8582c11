#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# --quiet prints nothing, and there is no bar where there is no terminal.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
random_file source 1000
try 0 copy --quiet source loopback:blk
test ! -s out && test ! -s err || fail 'not quiet'
try 0 copy loopback:blk target
test ! -s err || fail 'something on standard error'
