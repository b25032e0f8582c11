#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A trim gives space back, zeroes read as zeroes, with holes if the client allows
# them, also in ranges longer than one request takes, and where the device
# offers neither.

. "$(dirname "$0")/nbdkit-functions.sh"

needs qemu-io

zeroes () {
	io 'write -P 0x55 0 8M' "$1 1M 2M" "$1 4M 2M"
	io 'read -P 0x55 0 1M' 'read -P 0x55 3M 1M' 'read -P 0x55 6M 2M' \
	   'read -P 0 1M 2M' 'read -P 0 4M 2M'
}

if test -e "$top_builddir/plugins/loopback/.libs/loopback.so"; then
	serve_nbd loopback:blk,size=8M,block-size=4096
	zeroes 'write -z'
	zeroes 'write -z -u'
	io 'discard 1M 2M' 'discard 1 510' 'discard 0 8M' 'flush'
	end_nbd
	serve_nbd loopback:blk,size=8M,no-features=VIRTIO_BLK_F_DISCARD+VIRTIO_BLK_F_WRITE_ZEROES
	zeroes 'write -z'
	end_nbd
fi

# qemu-storage-daemon takes ranges of up to 16 MiB.
needs_vhost_user
truncate -s 64M disk
serve sock 2 on driver=file,node-name=disk,filename=disk,discard=unmap
serve_nbd "vhost-user:$tmp/sock"
io 'write -P 0x55 0 64M' 'write -z 1025 40M' 'flush'
io 'read -P 0x55 0 1025' 'read -P 0 1025 40M' 'read -P 0x55 41944065 25164799'
io 'write -P 0x55 0 64M' 'flush'
full=$(du -k disk | cut -f1)
test "$full" -ge 65536 || skip "this file system does not say what a file takes up"
io 'discard 512 40M' 'flush'
left=$(du -k disk | cut -f1)
if test "$left" = "$full"; then
	fallocate -p -o 4194304 -l 4096 disk 2>/dev/null || skip "there are no holes here"
	fail "nothing was given back"
fi
test $((full - left)) -ge $((39 * 1024)) || fail "only $((full - left)) KiB were given back"
io 'read -P 0x55 0 512' 'read -P 0x55 41943552 25165312'
end_nbd
