#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A configuration space that is shorter than the structure is read all the same.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend loopback
all=VIRTIO_BLK_F_WRITE_ZEROES+VIRTIO_BLK_F_DISCARD
try 0 probe --json loopback:blk,no-features=$all
json '.config_size == 36'
all=$all+VIRTIO_BLK_F_MQ+VIRTIO_BLK_F_CONFIG_WCE+VIRTIO_BLK_F_TOPOLOGY
try 0 probe --json loopback:blk,no-features=$all
json '.config_size == 24 and .config.num_queues == null'
all=$all+VIRTIO_BLK_F_BLK_SIZE+VIRTIO_BLK_F_SEG_MAX
try 0 probe --json loopback:blk,no-features=$all
json '.config_size == 8 and .config.capacity == 131072'
