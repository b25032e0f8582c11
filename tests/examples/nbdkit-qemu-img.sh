#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# qemu-img brings a file system onto a device; read back it is the same, and
# e2fsck finds it clean.

. "$(dirname "$0")/nbdkit-functions.sh"

needs_vhost_user
PATH=$PATH:/usr/sbin:/sbin
needs qemu-img nbdcopy mkfs.ext4 e2fsck
mkdir files
for i in 1 2 3 4 5 6 7; do
	random_file files/$i $((i * 77777))
done
head -c 33554432 /dev/zero >image
runs mkfs.ext4 -q -F -d files image
head -c 33554432 /dev/urandom >target
serve_file sock 4 on target
serve_nbd "vhost-user:$tmp/sock"
runs qemu-img convert -n -f raw -O raw image "$uri"
runs qemu-img compare -f raw -F raw image "$uri"
runs nbdcopy "$uri" copy
end_nbd
runs e2fsck -f -n copy
same image copy
same image target
