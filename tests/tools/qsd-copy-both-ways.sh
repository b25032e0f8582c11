#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Images come through qemu-storage-daemon unchanged, over one and four queues.

. "$(dirname "$0")/functions.sh"

needs_backend vhost-user
for queues in 1 4; do
	for sectors in 1 1023 20011; do
		random_file image $((sectors * 512))
		head -c $((sectors * 512)) /dev/zero >target
		serve_file in-$queues-$sectors $queues off image
		try 0 copy vhost-user:$tmp/in-$queues-$sectors copied
		same image copied
		serve_file out-$queues-$sectors $queues on target
		try 0 copy image vhost-user:$tmp/out-$queues-$sectors
		same image target
	done
done
