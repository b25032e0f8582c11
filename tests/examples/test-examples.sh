#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The examples do what they say: read a disk byte for byte with one call or
# with several per request, into memory of their own, asleep in between, and
# from a backend that is no part of this library.

set -u
: "${top_builddir:?is set by ./run}"

examples=$top_builddir/examples
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

fail()
{
	echo "FAIL: $*"
	sed 's/^/  err: /' "$tmp/err"
	exit 1
}

# runs STATUS PROGRAM ARGUMENT...: $tmp/out and $tmp/err are what it prints.
runs()
{
	wanted=$1 program=$2
	shift 2
	"$examples/$program" "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	test $status = "$wanted" || fail "'$program $*' ends with $status instead of $wanted"
}

# reads FIRST COUNT FILE: the output is COUNT sectors of FILE from FIRST on.
reads()
{
	dd if="$3" bs=512 skip="$1" count="$2" 2>"$tmp/err" | cmp - "$tmp/out" >"$tmp/err" 2>&1 ||
		fail "what $program read is not what is there"
}

# Everywhere: the plugin of the examples.
VIRTIO_POLL_PLUGIN_PATH=$examples/.libs:${VIRTIO_POLL_PLUGIN_PATH-}
export VIRTIO_POLL_PLUGIN_PATH
head -c $((512 * 5000)) /dev/zero >"$tmp/zeroes"
for program in block-read block-read-submit; do
	runs 0 $program zero:disk,size=2560000 0 5000
	reads 0 5000 "$tmp/zeroes"
	runs 1 $program zero:disk,size=2560000 0 5001
	runs 1 $program zero:tape 0 1
	runs 1 $program zero:disk,colour=red 0 1
	runs 2 $program zero:disk 0 many
done
runs 1 sleep-when-idle zero:disk 1
grep -q 'no interrupts' "$tmp/err" || fail "zero: has nothing to sleep on, and nobody says so"

set -- "$top_builddir"/plugins/loopback/.libs/loopback.so
test -e "$1" || { echo "SKIP: the loopback plugin is not built"; exit 77; }

# More than one batch, the last request a short one.
sectors=$((16 * 128 + 128 + 77))
head -c $((512 * sectors)) /dev/urandom >"$tmp/disk"
disk=loopback:blk,file=$tmp/disk,readonly
for program in block-read block-read-submit; do
	runs 0 $program "$disk" 0 $sectors
	reads 0 $sectors "$tmp/disk"
	runs 0 $program "$disk,thread=on,queue-size=8,indirect=off" 3 1001
	reads 3 1001 "$tmp/disk"
	runs 0 $program "$disk" $sectors 0
	runs 1 $program "$disk" $sectors 1
	runs 1 $program "$disk,fault=die:3" 0 $sectors
	runs 1 $program "$disk,fault=id-range:3" 0 $sectors
	runs 1 $program "$disk,size-max=512" 0 2
done

runs 0 own-memory "$disk" 2040
reads 0 2040 "$tmp/disk"
runs 0 own-memory "$disk,thread=on" 1
reads 0 1 "$tmp/disk"
runs 1 own-memory "$disk,fault=die" 1
runs 2 own-memory "$disk" 2041

for mode in off on; do
	runs 0 sleep-when-idle "$disk,thread=$mode" 12
	grep -q '^12 of 12 sectors read, 0 failed; went to sleep [1-9]' "$tmp/out" ||
		fail "sleep-when-idle says: $(cat "$tmp/out")"
done
runs 1 sleep-when-idle "$disk,thread=on,fault=die:3" 12
runs 1 sleep-when-idle "$disk,fault=needs-reset:3" 12
