#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# When the vhost-user server dies under load, clients get errors, new ones are
# sent away, nobody hangs, and nbdkit ends as usual.

. "$(dirname "$0")/nbdkit-functions.sh"

needs_vhost_user
needs_fio
needs nbdinfo
for queues in 1 4; do
	truncate -s 64M disk
	serve_file sock$queues $queues on disk
	serve_nbd "vhost-user:$tmp/sock$queues"
	: >out
	timeout 60 fio --name=load --ioengine=nbd --uri="$uri" --size=64M --numjobs=2 \
		--rw=randrw --bs=16k --iodepth=16 --time_based --runtime=100 \
		--status-interval=1 --output-format=terse >out 2>err &
	fio=$!
	wait_until test -s out
	kill -KILL "$server"
	wait "$fio"
	status=$?
	case $status in
	0) fail "fio saw nothing of the loss" ;;
	124) fail "fio hangs" ;;
	esac
	refused nbdinfo "$uri"
	kill -0 "$nbdkit" || fail "nbdkit is gone"
	grep -q 'gone' nbdkit.log || fail "nbdkit does not say why: $(cat nbdkit.log)"
	end_nbd complaining
done
