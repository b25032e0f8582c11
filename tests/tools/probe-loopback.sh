#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# probe tells features, queues and the decoded configuration.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend loopback
try 0 probe --json loopback:blk,size=1M,num-queues=3,queue-size=64,no-features=VIRTIO_BLK_F_DISCARD
json '.type == "block" and .type_source == "device" and .backend == "loopback"'
json '.queues == {count: 3, sizes: [64, 64, 64]}'
json '.config.capacity == 2048 and .config.num_queues == 3'
json '.config.max_discard_sectors == null'
json '[.features[] | select(.accepted).name] | index("VIRTIO_BLK_F_MQ") != null'
json '.status == ["ACKNOWLEDGE", "DRIVER", "FEATURES_OK"]'
json '.protocol_features == null and .server_family == null'
try 0 info --json loopback:blk,size=1M
json '.config.capacity == 2048'
try 2 probe --type network loopback:blk
has err 'is of type block, not network'
