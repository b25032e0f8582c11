#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# probe of virtiofsd knows the family and guesses its type.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend vhost-user
for daemon in /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd none; do
	test ! -x $daemon || break
done
test $daemon != none || skip 'virtiofsd is not installed'
mkdir shared
# Its other sandbox needs a root folder that is a mount: not so in a container's chroot.
sandbox=namespace
test "$(id -u)" != 0 || sandbox=chroot
$daemon --socket-path="$tmp/sock" -o source="$tmp/shared" -o cache=none -o sandbox=$sandbox -f \
	>server.log 2>&1 &
p=$!
pids=$p
wait_until eval 'test -S sock || ! kill -0 $p 2>/dev/null'
kill -0 $p 2>/dev/null && test -S sock || skip 'virtiofsd does not start here'
sleep 0.3	# between the file of its socket and the first connection that it takes
try 0 probe --json vhost-user:$tmp/sock
json '.queues.count > 0 and .backend == "vhost-user"'
json '(.server_family // "" | contains("virtiofsd") | not) or .type == "fs"'
