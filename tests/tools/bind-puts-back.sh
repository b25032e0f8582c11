#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# If a step fails, no driver comes, or a signal, everything is put back, and that is
# said.

. "$(dirname "$0")/functions.sh"

fake_machine
pci_function 0000:00:04.0 0x1042 virtio-pci
in_group "$f" 12
mkdir -p "$f/virtio1" sys/bus/pci/drivers/vfio-pci
p=sys/bus/pci

# A fake cannot move the link.
try 1 bind 0000:00:04.0
has err 'vfio-pci did not take 0000:00:04.0 within 2 s (its driver is virtio-pci)' \
	'everything was put back'
test "$(cat "$f/driver_override")" = '' || fail 'driver_override was not put back'
test "$(cat $p/drivers_probe)" = 0000:00:04.0 || fail 'drivers_probe was not written'
test ! -s out || fail 'a report of what was undone'

# What stood there before comes back.
echo earlier >"$f/driver_override"
try 1 bind 0000:00:04.0
test "$(cat "$f/driver_override")" = earlier || fail 'driver_override was lost'

# A signal during the wait, which is 2 s: a busy machine has three tries to send it.
mkfifo probing
for i in 1 2 3; do
	ln -sf "$tmp/probing" $p/drivers_probe
	faked sh -c 'echo $$ >pid; exec virtio-poll-ctl bind 0000:00:04.0' >out 2>err &
	bind=$!
	read -r line <probing
	kill -INT "$(cat pid)"
	wait $bind
	status=$?
	test $status = 130 || fail "interrupted, it ends with $status instead of 130"
	grep -q 'did not take' err || break
done
has err 'bind: interrupted: everything was put back'
test "$(cat "$f/driver_override")" = earlier || fail 'driver_override was lost to a signal'
rm $p/drivers_probe
: >$p/drivers_probe

# The driver that had it is asked to take it again; here it cannot.
rm "$f/driver"
try 1 bind 0000:00:04.0
has err 'its driver is none' 'everything was put back'

# A step that fails.
set_driver "$f" virtio-pci
ln -sf /dev/full $p/drivers_probe
try 1 bind 0000:00:04.0
has err 'cannot write 0000:00:04.0 to /sys/bus/pci/drivers_probe: No space left on device: every'
test "$(cat "$f/driver_override")" = earlier || fail 'driver_override was not put back'

# In use from here: the kernel would wait for that process.
set_driver "$f" vfio-pci
: >dev/vfio/12
echo /dev/vfio/12 >held
try 1 unbind 0000:00:04.0
has err 'in use: process [0-9]* (sleep) has /dev/vfio/12 open: end it first'
