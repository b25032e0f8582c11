#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Two jobs of fio with 16 requests in flight each read what they wrote: on one
# queue that all threads share, and on several.

. "$(dirname "$0")/nbdkit-functions.sh"

needs_fio
if test -e "$top_builddir/plugins/loopback/.libs/loopback.so"; then
	for options in num-queues=1 num-queues=1,thread,queue-size=4,indirect=off \
		       num-queues=8,thread,event-idx=off; do
		serve_nbd "loopback:blk,size=8M,$options"
		fio_verifies 4M --bs=4k-128k
		end_nbd
	done
fi

needs_vhost_user
for queues in 1 4; do
	head -c 16777216 /dev/zero >disk
	serve_file sock$queues $queues on disk
	serve_nbd "vhost-user:$tmp/sock$queues"
	fio_verifies 8M --bs=512-64k --bs_unaligned --fsync=50
	end_nbd
done
