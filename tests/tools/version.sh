#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# --version prints one line with the version.

. "$(dirname "$0")/functions.sh"

try 0 --version
has out '^virtio-poll-ctl [0-9]*\.[0-9]*\.[0-9]*$'
test "$(wc -l <out)" = 1 || fail 'more than one line'
