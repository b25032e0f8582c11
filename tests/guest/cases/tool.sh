# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# virtio-poll-ctl on PCI devices that no kernel driver holds.
. /functions.sh

# prints PROMISE PATTERN ARGUMENT...: what the tool prints has the pattern.
prints() {
	promise=$1
	pattern=$2
	shift 2
	timeout -s KILL 60 virtio-poll-ctl "$@" >$out 2>&1
	status=$?
	if test $status = 0 && grep -q -e "$pattern" $out; then
		report ok "$promise"
	else
		failed "$promise" "status $status, wanted '$pattern':"
	fi
}

vfio icopy
a=pci:$(dev copy)
i=pci:$(dev icopy)

try "selftest passes" virtio-poll-ctl selftest
prints "backends: pci is accepted" "^pci" backends
prints "list: a device behind the IOMMU, bound to vfio-pci, is ready" \
	"^$i *block *vfio-pci .* ready" list
prints "list: a device without a driver is ready, for root" "^$a *block *- .* ready" list
prints "list --json tells the same" "\"address\": *\"$a\"" list --json
prints "info: what only the device can tell, of one that is free" 'VIRTIO_BLK_F_FLUSH' info "$a"
prints "info: the same through VFIO" 'VIRTIO_BLK_F_FLUSH' info "$i"
check "info leaves bus mastering off" $((0x$(command_register copy) & 4)) = 0
try "doctor has nothing against a device that is ready" virtio-poll-ctl doctor "$i"

pattern make /tmp/new 8192 21
for d in "$a" "$i"; do
	way=${d#pci:}
	try "copy from $way" virtio-poll-ctl copy --quiet "$d" /tmp/old
	try "copy from $way gives what is on the disk" pattern check /tmp/old 0 8192 1
	try "copy to $way" virtio-poll-ctl copy --quiet /tmp/new "$d"
	try "bench of $way" virtio-poll-ctl bench --rw randread --runtime 1 "$d"
	rm -f /tmp/old
done
rm -f /tmp/new
wrote copy 0 8192 21
wrote icopy 0 8192 21
unbind icopy
