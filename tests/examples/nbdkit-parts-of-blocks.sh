#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Every byte can be written alone, up to the last one of a disk that ends within a
# block; and writers of neighbouring parts of a block do not undo each other.

. "$(dirname "$0")/nbdkit-functions.sh"

needs_loopback
needs_fio
needs qemu-io
serve_nbd loopback:blk,size=1052160,block-size=4096,thread,num-queues=4
io 'write -P 0x11 0 1052160' 'write -P 0x22 4095 2' 'write -P 0x33 1052159 1' \
   'write -P 0x44 300001 300003' 'write -z 8191 4098' 'write -z 20481 1'
io 'read -P 0x11 0 4095' 'read -P 0x22 4095 2' 'read -P 0x11 4097 4094' \
   'read -P 0 8191 4098' 'read -P 0x11 12289 8192' 'read -P 0 20481 1' \
   'read -P 0x11 20482 279519' 'read -P 0x44 300001 300003' \
   'read -P 0x11 600004 452155' 'read -P 0x33 1052159 1'
fio_verifies 512k --bs=512
end_nbd
