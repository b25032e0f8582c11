# SPDX-License-Identifier: BSD-3-Clause
# boot: kernel
#
# Devices that the kernel drives are left alone.
. /functions.sh

echo "# driven by the kernel: $(echo /sys/block/vd*)"
try "the kernel's driver has it" test "$(driver kblk)" = virtio-pci
before=$(command_register kblk)
for way in '' ,access=sysfs ,access=vfio; do
	refused "open${way:-,access=auto}: busy, the driver is named" "EBUSY.*virtio-pci" \
		blk read "pci:$(dev kblk)$way" 0 8 1
done
refused "attach: busy, the driver is named" "EBUSY.*virtio-pci" attach held "$(dev kblk)"
check "its command register is untouched" "$(command_register kblk)" = "$before"
disk=$(ls "$(sys kblk)"/virtio*/block)
try "the kernel still reads from it" \
	sh -c "dd if=/dev/$disk of=/tmp/disk bs=64k iflag=direct && pattern check /tmp/disk 0 8192 1"
try "list names the driver" sh -c "virtio-poll-ctl list | grep '$(dev kblk) *block *virtio-pci'"
try "info reads what sysfs has" virtio-poll-ctl info "pci:$(dev kblk)"
try "the kernel goes on reading" dd if="/dev/$disk" of=/dev/null bs=64k iflag=direct
