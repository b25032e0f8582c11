#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# What a device says it can take in one request is kept: the device would fail a
# request that is longer or has more segments.

. "$(dirname "$0")/nbdkit-functions.sh"

needs_loopback
needs nbdcopy
random_file image $((512 * 4099))
for limits in size-max=512,seg-max=1 size-max=512,seg-max=7 size-max=4096,seg-max=5 \
	      seg-max=1 queue-size=4,size-max=1024,indirect=off \
	      block-size=64K,size-max=4096,seg-max=40; do
	serve_nbd "loopback:blk,size=$((512 * 4099)),$limits"
	runs nbdcopy image "$uri"
	runs nbdcopy "$uri" copy
	same image copy
	end_nbd
done

# Not one block fits into a request: said at once.
for limits in block-size=4K,size-max=512,seg-max=1 queue-size=2; do
	LD_PRELOAD=$preload refused nbdkit -f -U "$tmp/no-$limits" "$plugin" "loopback:blk,$limits"
	has err 'not one block'
done
