#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A request that the server fails is told with its sector and the reason.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
random_file image 512000
serve sock 2 on driver=file,node-name=f,filename=image '{
	"driver": "blkdebug", "node-name": "disk", "image": "f", "inject-error": [
		{ "event": "none", "iotype": "read", "errno": 5, "sector": 600 }
	]
}'
try 1 copy --bs 4K vhost-user:$tmp/sock copied
has err 'reading sectors 600 to 607 failed: I/O error'
