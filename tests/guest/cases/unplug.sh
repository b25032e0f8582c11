# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# Hot-unplug with requests in flight. The kernel's removal is not held up, and each
# cookie comes back.
. /functions.sh

# unplug MODE NAME
unplug() {
	folder=$(sys "$2")
	timeout -s KILL 60 load unplug "pci:$(dev "$2"),access=$1" 2 "$2" >"/tmp/$2" 2>&1
	echo $? >"/tmp/$2.status"
	wait_for ! -e "$folder"
	echo $? >"/tmp/$2.gone"
}

# tell MODE NAME
tell() {
	cp "/tmp/$2" $out
	if test "$(cat "/tmp/$2.status")" = 0; then
		report ok "access=$1: each cookie comes back once"
	else
		failed "access=$1: each cookie comes back once"
	fi
	check "access=$1: the kernel removes the device" "$(cat "/tmp/$2.gone")" = 0
}

unplug sysfs plugraw
tell sysfs plugraw
# At one time: a port on bus 40 waits five seconds for somebody to press its button.
vfio iplug2 iplug3
unplug type1 iplug2 &
wake "pci:$(dev iplug3)" unplug iplug3 >/tmp/asleep 2>&1 &
asleep=$!
if test "$built"; then
	vfio iplug1
	unplug cdev iplug1
	vfio plug
	unplug noiommu plug
	tell cdev iplug1
	tell noiommu plug
else
	skip "access=cdev" "$(cat /modules/built/missing)"
	skip "access=noiommu" "$(cat /modules/built/missing)"
fi
wait $asleep
check "a program that sleeps on a queue is woken by the removal" $? = 0
sed 's/^/# /' /tmp/asleep
wait
tell type1 iplug2
