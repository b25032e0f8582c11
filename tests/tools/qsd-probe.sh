#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# probe of qemu-storage-daemon names its family, protocol features and type.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend vhost-user
random_file image $((512 * 20011))
serve_file sock 3 on image
try 0 probe --json vhost-user:$tmp/sock
json '.type == "block" and .type_source == "guessed"'
json '.config.capacity == 20011 and .queues.count == 3'
json '[.protocol_features[] | select(.accepted).name] |
	index("VHOST_USER_PROTOCOL_F_CONFIG") != null'
json '(.server_family | contains("qemu")) and .quirks != []'
json '.memory.regions > 8'
try 0 info --json --type block vhost-user:$tmp/sock
json '.type_source == "given"'
try 0 probe --json vhost-user:$tmp/sock,type=block
json '.type == "block" and .type_source == "given"'
