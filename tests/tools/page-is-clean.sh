#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The manual page has no lint.

. "$(dirname "$0")/functions.sh"

needs mandoc
mandoc -T lint -W warning "$top_srcdir/man/virtio-poll-ctl.1" >out 2>&1 || fail 'mandoc has remarks'
