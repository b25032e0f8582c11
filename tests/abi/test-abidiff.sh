#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The library is binary compatible with the one of the last release, and what a
# plugin exports with what it exported then: abidiff against the records in
# tests/abi/. Until that release is out, the record has to be equal. (What no
# exported call leads to by its types, test-sizes holds: virtio_json_text.)

set -eu
: "${top_srcdir:?is set by ./run}" "${top_builddir:?is set by ./run}" "${CC:=cc}"

skip()
{
	echo "SKIP: $*"
	exit 77
}

command -v abidw >/dev/null && command -v abidiff >/dev/null ||
	skip "there is no abidiff (package abigail-tools)"
test -z "${VP_SANITIZERS-}" || skip "a build with sanitizers is not one to compare"
cd "$top_builddir"
library=lib/.libs/libvirtio-poll.so.0
# The record is of x86-64 and gcc: names of types and padding are the compiler's.
readelf -hW "$library" | grep -q 'Machine:.*X86-64' && readelf -hW "$library" | grep -q ELF64 ||
	skip "the record is of x86-64"
producer=$(readelf --debug-dump=info "$library" 2>/dev/null | grep -m1 DW_AT_producer) || :
case $producer in
*"GNU C"*) ;;
*clang*) skip "the record is of gcc" ;;
*GIMPLE*) skip "the record is of a build without link-time optimization" ;;
*) skip "the library was built without -g" ;;
esac

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
version=$(sed -n 's/^#define VIRTIO_POLL_VERSION "\(.*\)"$/\1/p' include/virtio-poll/version.h)
last=$(ls "$top_srcdir"/tests/abi/*/libvirtio-poll.abi | sort -V | tail -n 1)
last=${last%/*}
sh "$top_srcdir/tests/abi/record.sh" "$tmp"

failed=0
for name in libvirtio-poll plugin; do
	set -- --no-added-syms --suppressions "$top_srcdir/tests/abi/growth.suppr"
	test "${last##*/}" != "$version" || set --
	status=0
	abidiff "$@" "$last/$name.abi" "$tmp/$name.abi" >"$tmp/out" 2>&1 || status=$?
	test $status != 0 || continue
	failed=1
	cat "$tmp/out"
	echo "FAIL: $name: the binary interface differs from that of ${last##*/} (abidiff: $status)"
done
test $failed = 0 || test "${last##*/}" != "$version" || {
	echo "This is $version itself. If it is not released yet and the change is meant:"
	echo "    make record-abi"
}
exit $failed
