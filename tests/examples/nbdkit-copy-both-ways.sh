#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# nbdcopy brings an image onto a device and back unchanged, over several
# connections, whatever the length of its last request.

. "$(dirname "$0")/nbdkit-functions.sh"

needs nbdcopy
random_file image $((512 * 40011))

both_ways () {
	runs nbdcopy --connections=4 image "$uri"
	runs nbdcopy --connections=3 --request-size=65536 "$uri" copy
	same image copy
	runs nbdcopy --destination-is-zero "$uri" "$uri"
	runs nbdcopy "$uri" - >/dev/null
	end_nbd
	rm copy
}

if test -e "$top_builddir/plugins/loopback/.libs/loopback.so"; then
	for options in num-queues=1 num-queues=4,thread; do
		serve_nbd "loopback:blk,size=$((512 * 40011)),$options"
		both_ways
	done
fi

needs_vhost_user
for queues in 1 4; do
	head -c $((512 * 40011)) /dev/zero >target
	serve_file sock$queues $queues on target
	serve_nbd "vhost-user:$tmp/sock$queues"
	both_ways
	same image target
done
