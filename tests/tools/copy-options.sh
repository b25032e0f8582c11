#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Every request size, depth and number of queues copies the same bytes.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
random_file image $((512 * 5003))
for options in '--bs 512' '--bs 7K' '--bs 64M' '--iodepth 1' '--iodepth 1000 --bs 512' \
	'--queues 1' '--queues 9' '--queues 3 --iodepth 2'; do
	for device in '' ,thread=on ,queue-size=4 ,size-max=1024,seg-max=3 \
		,no-features=VIRTIO_RING_F_INDIRECT_DESC ,no-features=VIRTIO_BLK_F_SEG_MAX; do
		rm -f copied
		try 0 copy $options loopback:blk,file=$tmp/image,num-queues=4$device copied
		same image copied
	done
done
