# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
#
# The guests: their disks, their devices, the QEMU command. Sourced by run.sh.
#
# Half of the devices bypass the emulated IOMMU (on bus 00), the other half, with
# names that begin with i, are behind it (on bus 40, which is a PCI host bridge of
# its own). All have ACCESS_PLATFORM, or QEMU would heed neither bus mastering nor
# the IOMMU; those that have not are there to be refused.
#
# The file devices.BOOT says where each is: NAME PLACE. A place 00:1b/0 is function 0
# behind a root port, whose bus number is the firmware's choice; such a device can be
# unplugged. On bus 40 there is no other place.

sectors=8192	# of each disk
: "${pattern:?is set by run.sh}"
modern=disable-legacy=on,iommu_platform=on

# A disk's name and file name are those of its device, see GUEST-DISK in run.sh.
make_disk() {
	test -e original.img || "$pattern" make original.img $sectors 1
	cp original.img "$1.img"
}

# arg WORD...: more of the command. No word has a blank: all files are in the
# current folder.
arg() {
	qemu="$qemu $*"
}

# device NAME PLACE DRIVER,PROPERTIES
device() {
	echo "$1 $2" >>"$table"
	slot=0x${2#*:}
	bus=pcie.0
	case $2 in 40:*) bus=px ;; esac
	case $2 in
	*/0)
		ports=$((ports + 1))
		port=id=port$ports,bus=$bus,addr=${slot%/*},io-reserve=0
		arg -device "pcie-root-port,$port,chassis=$ports,slot=$ports"
		;;
	esac
	case $2 in
	*/?)
		bus=port$ports
		slot=0.${2#*/}
		;;
	esac
	arg -device "$3,id=$1,bus=$bus,addr=$slot"
}

# blk NAME PLACE PROPERTIES
blk() {
	make_disk "$1"
	arg -blockdev "driver=file,node-name=disk-$1,filename=$1.img"
	device "$1" "$2" "virtio-blk-pci,drive=disk-$1,$3"
}

# One of each other type, joined in pairs or with what it needs behind it:
# others PREFIX BUS FUNCTION
others() {
	p=$1
	device "${p}scsi" "$2:13$3" "virtio-scsi-pci,num_queues=2,$modern"
	make_disk "${p}scsi"
	arg -blockdev "driver=file,node-name=disk-${p}scsi,filename=${p}scsi.img"
	arg -device "scsi-hd,bus=${p}scsi.0,drive=disk-${p}scsi"
	device "${p}rng" "$2:14$3" "virtio-rng-pci,rng=random,$modern"
	for n in 0 1; do
		arg -netdev "hubport,id=hub-$p$n,hubid=$2"
		device "${p}net$n" "$2:$((15 + n))$3" \
			"virtio-net-pci,netdev=hub-$p$n,romfile=,$modern"
	done
	device "${p}console" "$2:18$3" "virtio-serial-pci,$modern"
}

# begin BOOT INTREMAP KERNEL-ARGUMENT...: what every guest has.
begin() {
	table=devices.$1
	: >"$table"
	ports=0
	boot_name=$1
	intremap=$2
	shift 2
	append="console=ttyS0 panic=-1 quiet intel_iommu=on vp.boot=$boot_name $*"
	# What the kernel concludes from the time that things take is wrong where the
	# processor is emulated by one that has other work.
	append="$append no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1"
	qemu="-accel tcg -M q35,default-bus-bypass-iommu=on -smp 2 -m 768"
	arg -nodefaults -no-user-config -display none -no-reboot
	arg -chardev stdio,id=console,signal=off -serial chardev:console
	arg -chardev socket,id=monitor,fd=3 -mon chardev=monitor,mode=control
	arg -device "intel-iommu,intremap=$intremap,device-iotlb=on"
	arg -device pxb-pcie,id=px,bus_nr=64,bus=pcie.0,bypass_iommu=off
	arg -object rng-builtin,id=random
}

# No kernel driver holds a device here. No interrupts are remapped, or devices that
# bypass the IOMMU could send none; init.sh tells VFIO to accept that.
machine_free() {
	begin free off initcall_blacklist=virtio_pci_driver_init
	blk blk 00:10.0 "num-queues=2,$modern"
	blk blk4 00:11.0 "num-queues=4,$modern"
	blk packed 00:12.0 "num-queues=2,packed=on,$modern"
	others '' 00 .0
	blk transitional 00:1a.0 num-queues=1,disable-legacy=off
	blk legacy 00:19.0 num-queues=1,disable-modern=on,disable-legacy=off
	blk copy 00:1d.0 "num-queues=1,$modern"
	blk icopy 40:07/0 "num-queues=1,$modern"
	blk plugraw 00:1b/0 "num-queues=2,$modern"
	blk plug 00:1c/0 "num-queues=2,$modern"
	blk iblk 40:01/0 "num-queues=2,$modern"
	blk iblk4 40:02/0 "num-queues=4,queue-size=1024,$modern"
	blk ipacked 40:03/0 "num-queues=2,packed=on,$modern"
	blk ivectors 40:04/0 "num-queues=4,vectors=2,$modern"
	blk inoplatform 40:05/0 num-queues=1,disable-legacy=on
	blk ipair0 40:06/0 "num-queues=1,multifunction=on,$modern"
	blk ipair1 40:06/1 "num-queues=1,$modern"
	others i 40 /0
	device iballoon 40:17/0 "virtio-balloon-pci,$modern"	# there can be but one
	blk iplug1 40:1b/0 "num-queues=2,$modern"
	blk iplug2 40:1c/0 "num-queues=2,$modern"
	blk iplug3 40:1d/0 "num-queues=1,$modern"
}

# The kernel's virtio-pci holds all of them here, and VFIO is Debian's.
machine_kernel() {
	begin kernel on
	blk kblk 00:10.0 "num-queues=1,$modern"
	blk ikblk 40:01/0 "num-queues=2,$modern"
	blk ikmounted 40:02/0 "num-queues=1,$modern"
	blk ipair0 40:06/0 "num-queues=1,multifunction=on,$modern"
	blk ipair1 40:06/1 "num-queues=1,$modern"
	arg -netdev hubport,id=hub,hubid=0
	device iknet 40:15/0 "virtio-net-pci,netdev=hub,romfile=,$modern"
}
