#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Lines of tables are at most 80 columns wide.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
for c in --help 'probe loopback:blk' selftest 'features ffffffffffffffff --type network' \
	'bench loopback:null --runtime 0.1'; do
	try 0 $c
	test "$(awk 'length > 80' out | wc -l)" = 0 || fail "'$c' is wider than 80 columns"
done
for c in list info probe backends copy bench doctor bind unbind features selftest; do
	try 0 $c --help
	test "$(awk 'length > 80' out | wc -l)" = 0 || fail "'$c --help' is wider than 80 columns"
done

# A server with a path that is as long as they may be, nearly.
needs qemu-storage-daemon
needs_backend vhost-user
long=a-folder-with-a-long-name/and-another-one-below-it
mkdir -p $long
serve $long/disk.sock 2 on driver=null-co,node-name=disk
for c in probe doctor; do
	try 0 $c vhost-user:$long/disk.sock
	test "$(awk 'length > 80' out | wc -l)" = 0 || fail "'$c' is wider than 80 columns"
done
