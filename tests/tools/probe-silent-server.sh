#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# probe of a server that says nothing ends within its timeout.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
serve_file silent 1 off "$top_srcdir/LICENSE"
kill -STOP "$server"
before=$(date +%s%N)
try 1 probe --timeout 0.5 vhost-user:$tmp/silent
ms=$((($(date +%s%N) - before) / 1000000))
test $ms -ge 400 && test $ms -lt 2500 || fail "it took $ms ms"
has err 'silent' 'did not answer'
