# SPDX-License-Identifier: BSD-3-Clause
# boot: kernel
#
# virtio-poll-ctl bind and unbind, with VFIO as Debian has it.
. /functions.sh

a=pci:$(dev ikblk)
mounted=$(ls "$(sys ikmounted)"/virtio*/block)
net=$(ls "$(sys iknet)"/virtio*/net)

try "bind --dry-run is fine" virtio-poll-ctl bind --dry-run "$a"
check "bind --dry-run changes nothing" "$(driver ikblk)" = virtio-pci
try "bind" virtio-poll-ctl bind "$a"
check "vfio-pci has the device" "$(driver ikblk)" = vfio-pci
try "it can be driven now" blk write "$a" 0 64 13
wrote ikblk 0 64 13
try "by type1 as well" blk read "$a,access=type1" 64 64 1
try "its interrupts wake, remapped by the IOMMU" wake "$a" 2
refused "cdev says what this kernel lacks" "kernel has no VFIO cdev" \
	blk read "$a,access=cdev" 64 64 1
try "copy and bench work on it" virtio-poll-ctl copy --quiet "$a" /tmp/disk
try "doctor" virtio-poll-ctl doctor "$a"
try "unbind" virtio-poll-ctl unbind "$a"
check "the kernel's driver has it again" "$(driver ikblk)" = virtio-pci
check "driver_override is empty" "$(cat "$(sys ikblk)/driver_override")" = "(null)"
disk=$(ls "$(sys ikblk)"/virtio*/block)
try "the kernel sees what was written" sh -c \
	"dd if=/dev/$disk of=/tmp/disk bs=64k iflag=direct && pattern check /tmp/disk 0 64 13"

mke2fs "/dev/$mounted" >$out 2>&1
mount -t ext4 "/dev/$mounted" /mnt
check "a file system is mounted" -e /mnt/lost+found
refused "bind refuses a mounted disk" "/mnt" virtio-poll-ctl bind "pci:$(dev ikmounted)"
refused "bind --dry-run refuses it as well" "/mnt" \
	virtio-poll-ctl bind --dry-run "pci:$(dev ikmounted)"
check "it is still the kernel's" "$(driver ikmounted)" = virtio-pci
umount /mnt
try "bind takes the disk once it is not mounted" virtio-poll-ctl bind "pci:$(dev ikmounted)"
try "unbind gives it back" virtio-poll-ctl unbind "pci:$(dev ikmounted)"

ip addr add 192.0.2.1/24 dev "$net"
ip link set "$net" up
refused "bind refuses an interface that is configured" "$net" \
	virtio-poll-ctl bind "pci:$(dev iknet)"
check "it is still the kernel's" "$(driver iknet)" = virtio-pci
sleep 100 <"/dev/$(ls "$(sys ipair1)"/virtio*/block)" &
user=$!
until test "$(cat /proc/$user/comm)" = sleep; do
	sleep 0.1	# it has opened the disk by then
done
refused "bind refuses a group with a member in use" "$(dev ipair1)" \
	virtio-poll-ctl bind "pci:$(dev ipair0)"
kill $user
wait $user || :
try "bind names a member that the kernel still has" \
	sh -c "virtio-poll-ctl bind pci:$(dev ipair0) 2>&1 | grep -F '$(dev ipair1)'"
check "that member is left alone" "$(driver ipair1)" = virtio-pci
try "unbind gives the other one back" virtio-poll-ctl unbind "pci:$(dev ipair0)"
