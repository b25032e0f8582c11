#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# An export that is not writable is refused as a target and left as it was.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
random_file image 51200
random_file other 51200
cp image before
serve_file sock 1 off image
try 1 copy other vhost-user:$tmp/sock
has err 'read-only'
same before image
