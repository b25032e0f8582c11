#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The guest tier: real virtio PCI devices in guests of QEMU, under emulation.
#
#     ./run tests/guest/run.sh            all cases
#     ./run tests/guest/run.sh CASE...    those, by the names of files in cases/
#
# `make check-guest` calls it, with GUEST_CASE='CASE...' if that is set. Prints TAP;
# ends with 1 if a test failed, with 77 and the reason if the tier cannot run here.
# The console of each boot is kept in tests/guest/machine/BOOT.log of the build tree.
#
# What is fetched and built from that (see kernel.sh) is kept in VP_GUEST_CACHE,
# by default tests/guest/cache of the build tree; `make distclean` removes that.

set -eu
: "${top_srcdir:?start it with ./run}" "${top_builddir:?}"
here=$top_srcdir/tests/guest
work=$top_builddir/tests/guest
cache=${VP_GUEST_CACHE:-$work/cache}
pattern=$work/pattern
programs='attach blk events fault load net pattern queues ready regions rng scsi several
	sigbus wake'
limit=420	# seconds for a boot with all its cases; a busy machine needs many

skip_all() {
	echo "1..0 # SKIP $*"
	echo "$*"
	exit 77
}

test -e "$top_builddir/plugins/pci/.libs/pci.so" || skip_all "the pci plugin is not built"
test "$(uname -m)" = x86_64 || skip_all "the kernel for the guest is one for x86_64"
for program in qemu-system-x86_64 busybox cpio xz dpkg-deb; do
	command -v $program >/dev/null || skip_all "$program is not installed"
done
if ldd "$(command -v busybox)" >/dev/null 2>&1; then
	skip_all "busybox needs shared libraries: package busybox-static"
fi

. "$here/machine.sh"

# cases_of BOOT: those of its cases that were asked for, joined with commas.
cases_of() {
	for file in "$here"/cases/*.sh; do
		name=${file##*/}
		name=${name%.sh}
		case " ${wanted:-$name} " in *" $name "*) ;; *) continue ;; esac
		! grep -qx "# boot: $1" "$file" || printf '%s,' "$name"
	done
}

# The end of the kernel's console, for who sees only this.
show_log() {
	echo "# the end of $1:"
	tail -n 40 "$1" | sed 's/^/#   /'
}

# What the guest says it wrote, read from the outside: GUEST-DISK CASE DISK FIRST
# COUNT SEED.
check_disks() {
	sed -n 's/^\[[^]]*\] GUEST-DISK //p' "$1" | while read -r case disk first count seed; do
		what="$case: the host finds in $disk what was written to $first+$count"
		if "$pattern" check "$disk.img" "$first" "$count" "$seed" >disk.out; then
			echo "ok - $what"
		else
			echo "not ok - $what"
			sed 's/^/# /' disk.out
		fi
	done
}

check_done() {
	for case in $(echo "$cases" | tr ',' ' '); do
		grep -q "GUEST-DONE $case\$" "$1" ||
			echo "not ok - $case: runs to its end"
	done
}

# A kernel that dies before its first process, which says GUEST-BEGIN. Nothing of ours
# has run then: the emulated processors run the kernel while it patches itself, and
# now and then one of them meets an instruction that was meant for nobody (int3).
died_early() {
	grep -q 'Kernel panic' "$1" && ! grep -q 'GUEST-BEGIN' "$1"
}

# boot BOOT: prints the results, without numbers and plan.
boot() {
	cases=$(cases_of "$1")
	test -n "$cases" || return 0
	log=$1.log
	rm -f "$log"
	rm -f ./*.img
	"machine_$1"
	for attempt in 1 2 3; do
		boot_status=0
		# shellcheck disable=SC2086 # qemu is a list of words
		"$work/boot" "$log" $limit qemu-system-x86_64 -kernel "$cache/kernel/linux" \
			-initrd image.cpio -append "$append vp.cases=$cases" $qemu ||
			boot_status=$?
		test $attempt -lt 3 && died_early "$log" || break
		echo "# $1: the kernel died before its first process: booted again"
		mv "$log" "$1.$attempt.log"
	done
	check_done "$log"
	check_disks "$log"
	if test $boot_status = 0; then
		echo "ok - $1: the guest ends well"
	else
		echo "not ok - $1: the guest ends well"
		show_log "$work/machine/$log"
	fi
}

# All boots, into the file `results` as well, since this is a process of its own.
run_all() {
	for machine in free kernel; do
		boot $machine
	done | tee results
}

wanted=$*
for name; do
	if ! test -e "$here/cases/$name.sh"; then
		echo "run.sh: there is no case $name" >&2
		exit 2
	fi
done

mkdir -p "$work/machine"
cd "$work/machine"
status=0
"$here/kernel.sh" "$cache" >kernel.out || status=$?
case $status in
0) cat kernel.out ;;
77) skip_all "$(tail -n 1 kernel.out)" ;;
*) exit 1 ;;
esac

rm -f ./*.img devices.* results
for machine in free kernel; do
	machine_$machine
done
set --
for program in $programs; do
	set -- "$@" "$work/$program"
done
"$here/image.sh" "$cache/kernel" image.cpio "$@"
run_all
rm -f ./*.img image.cpio
echo "1..$(grep -c -e '^ok ' -e '^not ok ' results)"
if grep -q '^not ok ' results; then
	echo "# the consoles of the guests are kept in $work/machine/*.log"
	exit 1
fi
