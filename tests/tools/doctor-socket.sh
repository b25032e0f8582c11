#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# doctor of a vhost-user socket tells who listens.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend vhost-user
try 1 doctor --json "vhost-user:$tmp/no,,ne.sock,num-queues=1"
says FAIL socket 'no,ne.sock: No such file' 'start the server'
: >file.sock
try 1 doctor --json vhost-user:file.sock
says FAIL socket 'is no socket'
try 1 doctor --json vhost-user:
says FAIL socket 'none in the address' 'vhost-user:/path'
try 0 doctor --json vhost-user:new.sock,server=on
says PASS socket 'it can be made in [.];'
says SKIP 'locked memory' irrelevant
try 0 doctor --json vhost-user:new.sock,server
says PASS socket 'can be made'
try 0 doctor --json vhost-user:new.sock,xserver=off,server=on
says PASS socket 'can be made'
try 1 doctor --json vhost-user:file.sock,server=on
says FAIL socket 'file.sock is there and is no socket' 'another path'
try 1 doctor --json "vhost-user:$tmp/nowhere/new.sock,server=on"
says FAIL socket "$tmp/nowhere: No such file" 'make the folder'
try 1 doctor --json vhost-user:new.sock,num-queues=2,server=off
says FAIL socket 'new.sock: No such file'
says SKIP options 'num-queues=2,server=off is right' 'probe .vhost-user:new.sock,num-queues=2,server=off. opens'
try 0 doctor --json loopback:blk
says PASS backend 'loopback is installed'
! grep -q options out || fail 'it tells of options that are not there'
try 1 doctor --json absent:x
says FAIL backend 'absent is not installed'
try 2 doctor --json nonsense
has err "'nonsense' is no address"

head -c 65536 /dev/zero >disk.img
serve_file "$tmp/disk.sock" 1 on disk.img
try 0 doctor --json "vhost-user:$tmp/disk.sock"
says PASS socket
says PASS permission
says PASS server "process $server .qemu-storage"
says PASS clients 'none'
try 1 doctor --json "vhost-user:$tmp/disk.sock,server=on"
says FAIL socket 'disk.sock belongs to a program that listens' 'server=on'

# A server that is killed leaves its file.
kill -KILL $server
wait $server 2>/dev/null
try 1 doctor --json "vhost-user:$tmp/disk.sock"
says FAIL server 'nobody listens' 'leaves its'
try 0 doctor --json "vhost-user:$tmp/disk.sock,server=on"
says PASS socket 'will be replaced'
# Nor does a server elsewhere, whose socket has the same last name. Its own it is by
# whatever name.
mkdir other
here=$PWD
cd other || exit 99
serve_file disk.sock 1 on ../disk.img
cd "$here" || exit 99
try 1 doctor --json "vhost-user:$tmp/disk.sock"
says FAIL server 'nobody listens'
ln -s other/disk.sock link
ln other/disk.sock hard
mv other/disk.sock other/moved
for name in other/moved hard; do
	try 0 doctor --json "vhost-user:$tmp/$name"
	says PASS server "process $server .qemu-storage"
done
mv other/moved other/disk.sock
try 0 doctor --json vhost-user:link
says PASS server "process $server .qemu-storage"

long=$(printf '%0108d' 0)
try 1 doctor --json "vhost-user:$long"
says FAIL socket 'has 108 bytes, the limit is 107' 'shorter'
