#!/bin/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The first process of a guest: makes it usable, runs the cases that the kernel's
# command line names, reports on the console and switches off. boot.c reads the
# lines that begin with GUEST-, ok, not ok and #; run.sh misses a case without its
# GUEST-DONE.

# Nowhere but in a guest.
test $$ = 1 || exit 1

/bin/busybox mkdir -p /sbin /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/vp:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /mnt
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
dmesg -n 1

# words NAME: the value of NAME=a,b,c on the command line, as words.
words() {
	tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | tr ',' ' '
}

allow() {
	test ! -e "/sys/module/$1" || echo 1 >"/sys/module/$1"
}

insert() {
	test ! -e "$1" || insmod "$1" || echo "# $1 cannot be loaded"
}

boot=$(words vp.boot)
folder=/modules/built
test "$boot" = free && test ! -e /modules/built/missing || folder=/modules/stock
insert /modules/stock/irqbypass.ko
for m in iommufd vfio vfio_iommu_type1 vfio-pci-core vfio-pci; do
	insert $folder/$m.ko
done
if test "$boot" = kernel; then
	for m in virtio_blk failover net_failover virtio_net; do
		insert /modules/stock/$m.ko
	done
fi
allow vfio/parameters/enable_unsafe_noiommu_mode
if test "$boot" = free; then
	allow vfio_iommu_type1/parameters/allow_unsafe_interrupts
	allow iommufd/parameters/allow_unsafe_interrupts
fi
echo 64 >/proc/sys/vm/nr_hugepages

export VP_BOOT="$boot" LD_LIBRARY_PATH=/lib VIRTIO_POLL_PLUGIN_PATH=/plugins

# Where each device is: at_NAME=ADDRESS, once and for all.
while read -r name place; do
	case $place in
	*/?) found=$(echo "/sys/bus/pci/devices/0000:${place%/*}.0"/0000:*."${place#*/}") ;;
	*) found=0000:$place ;;
	esac
	echo "at_$name=${found##*/}"
done <"/devices.$boot" >/tmp/devices

echo "GUEST-BEGIN $(uname -r) $boot"
for case in $(words vp.cases); do
	echo "GUEST-CASE $case"
	VP_CASE=$case timeout -s KILL 180 sh "/cases/$case.sh" </dev/null
	test $? = 137 || echo "GUEST-DONE $case"
done

# What must not be in the kernel's log whatever a case did.
bad='BUG:|Oops|WARNING:|general protection|blocked for more than|Call Trace'
if dmesg | grep -E "$bad" >/tmp/bad; then
	echo "not ok - $boot: the kernel has nothing to complain of"
	sed 's/^/# /' /tmp/bad
	dmesg | tail -n 60
else
	echo "ok - $boot: the kernel has nothing to complain of"
fi
echo "GUEST-EXIT rc=0"
poweroff -f
