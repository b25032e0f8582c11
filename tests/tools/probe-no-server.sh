#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# probe of a socket that nobody serves fails at once with a sentence.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
try 1 probe vhost-user:$tmp/none
has err 'none'
serve_file refused 1 off "$top_srcdir/LICENSE"
kill -KILL "$server"
wait "$server" 2>/dev/null
try 1 probe vhost-user:$tmp/refused
has err 'refused'
try 1 copy vhost-user:$tmp/refused file
test ! -e file || fail 'the target was made though there is no source'
