#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# bind refuses a device that the system uses, names the use and says what to do.

. "$(dirname "$0")/functions.sh"

fake_machine
mkdir -p sys/bus/pci/drivers/vfio-pci

# refused WHAT MEND: the sentence has both, and nothing was written.
refused () {
	try 1 bind "$address"
	has err "bind: ${address#pci:} is in use: $1: first $2"
	test "$(cat "$f/driver_override")" = '(null)' || fail 'driver_override was written'
	try 1 bind --dry-run "$address"
	try 1 bind --dry-run --driver none "$address"
}

# A disk with one partition.
address=pci:0000:00:04.0
pci_function ${address#pci:} 0x1042 virtio-pci
in_group "$f" 1
d=$f/virtio1/block/vpfake
mkdir -p "$d/holders" "$d/vpfake1/holders"
echo 4095:1 >"$d/dev"
echo 4095:2 >"$d/vpfake1/dev"
echo 1 >"$d/vpfake1/partition"
try 0 bind --dry-run $address

# Any mount that there is, by its number.
set -- $(sed -n 's/^[0-9]* [0-9]* \([0-9:]*\) [^ ]* \([^ ]*\) .*/\1 \2/p' /proc/self/mountinfo |
	sed -n 1p)
echo "$1" >"$d/vpfake1/dev"
refused 'vpfake1 is mounted on [^ ]*' 'umount [^ ]*'
echo 4095:2 >"$d/vpfake1/dev"
echo "$1" >"$d/dev"
refused 'vpfake is mounted on [^ ]*' 'umount [^ ]*'
echo 4095:1 >"$d/dev"

# One whose name a shell has to be given in quotes.
mkdir "it's a place"
fake=mounted
mounted () {
	faked sh -c '
		mount -t tmpfs vpfake "$1" || exit 98
		sed -n "s/^[^ ]* [^ ]* \([0-9:]*\) .*a.040place .*/\1/p" /proc/self/mountinfo >"$2"
		shift 2
		exec "$@"' sh "$tmp/it's a place" "$d/dev" "$@"
}
refused "vpfake is mounted on $tmp/it's a place" "umount '$tmp/it'[\\]''s a place'"
fake=faked
echo 4095:1 >"$d/dev"

ln -s /nowhere "$d/vpfake1/holders/dm-0"
refused 'vpfake1 is part of dm-0 (.*)' 'take dm-0 apart'
rm "$d/vpfake1/holders/dm-0"

printf 'Filename Type Size Used Priority\n/dev/vpfake1\tpartition\t1\t0\t-2\n' >proc/swaps
refused 'vpfake1 is swap' 'swapoff /dev/vpfake1'
rm proc/swaps

: >dev/vpfake
echo /dev/vpfake >held
refused 'process [0-9]* (sleep) has /dev/vpfake open' 'end that process'
echo >held
try 0 bind --dry-run $address

# A SCSI disk stands deeper.
address=pci:0000:00:05.0
pci_function ${address#pci:} 0x1048 virtio-pci
in_group "$f" 2
d=$f/virtio2/host0/target0:0:0/0:0:0:0/block/vpsd
mkdir -p "$d/holders/md0"
refused 'vpsd is part of md0 (.*)' 'take md0 apart'

# Interfaces.
address=pci:0000:00:06.0
pci_function ${address#pci:} 0x1041 virtio-pci
in_group "$f" 3
mkdir -p "$f/virtio3"
ln -s /nowhere/virtio_net "$f/virtio3/driver"
refused 'its interface is in another network namespace.*' 'bring it back.*'
d=$f/virtio3/net/vpfake0
mkdir -p "$d"
echo 0x1002 >"$d/flags"
try 0 bind --dry-run $address
echo 0x1003 >"$d/flags"
refused 'vpfake0 is up' 'ip link set vpfake0 down'
echo 0x1002 >"$d/flags"
echo up >"$d/operstate"
refused 'vpfake0 is in operation' 'ip link set vpfake0 down'
echo down >"$d/operstate"
ln -s /nowhere/br0 "$d/master"
refused 'vpfake0 is a port of br0' 'ip link set vpfake0 nomaster'
# One that has an address, whatever its flags.
mkdir -p "$f/virtio3/net/lo"
rm -r "$d"
if ip -4 addr show dev lo 2>/dev/null | grep -q 127.0.0.1; then
	refused 'lo has the address [0-9a-f.:]*' 'take the interface out.*'
fi

# The console.
address=pci:0000:00:07.0
pci_function ${address#pci:} 0x1043 virtio-pci
in_group "$f" 4
mkdir -p "$f/virtio4" sys/class/tty/console sys/class/tty/hvc0
echo tty0 >sys/class/tty/console/active
try 0 bind --dry-run $address
echo tty0 hvc0 >sys/class/tty/console/active
refused "the kernel's console is on it (tty0 hvc0)" 'boot with another console='
echo tty0 >sys/class/tty/console/active
: >dev/hvc0
echo /dev/hvc0 >held
refused 'process [0-9]* (sleep) has /dev/hvc0 open' 'end that process'
