#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device with blocks of 4096 bytes is never asked for less.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
random_file image $((4096 * 300))
random_file source 1000003
more=,logical-block-size=4096
serve_file sock 2 on image
try 0 copy --bs 512 vhost-user:$tmp/sock copied
same image copied
try 0 copy --bs 10K source vhost-user:$tmp/sock
head -c 1000003 image >part
same source part
try 1 bench --bs 512 vhost-user:$tmp/sock
has err 'blocks of 4096 bytes'
