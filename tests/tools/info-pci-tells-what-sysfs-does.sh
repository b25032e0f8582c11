#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# info of a function held by virtio-pci names its features and its disk.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
pci_function 0000:00:02.0 0x1042 virtio-pci
truncate -s 64 "$f/config"	# what the kernel shows to anyone
v=sys/bus/pci/devices/0000:00:02.0/virtio1
mkdir -p $v/block/vda/queue
printf '0010001001100000000000000000010010000000000000000000000000000000\n' >$v/features
echo 0x0000000f >$v/status
echo 20011 >$v/block/vda/size
echo 4096 >$v/block/vda/queue/logical_block_size
echo 0 >$v/block/vda/ro
printf 'serial\033[31m' >$v/block/vda/serial
try 0 info pci:00:02.0 --json
json '[.features[].name] == ["VIRTIO_BLK_F_SEG_MAX", "VIRTIO_BLK_F_BLK_SIZE",
	"VIRTIO_BLK_F_FLUSH", "VIRTIO_BLK_F_TOPOLOGY", "VIRTIO_RING_F_EVENT_IDX",
	"VIRTIO_F_VERSION_1"]'
json '[.features[] | .accepted and .device == null] | all'
json '.config.capacity == 20011 and .config.blk_size == 4096'
json '.config.seg_max == null'
json '.status == ["ACKNOWLEDGE", "DRIVER", "DRIVER_OK", "FEATURES_OK"]'
json '.kernel.block_device == "vda" and .kernel.read_only == false'
json '.capabilities == null and .reasons.capabilities != null'
try 0 info pci:0000:00:02.0
has out '^driver  *virtio-pci' '^  serial  *serial?\[31m' '^queues  *- (only the device'
