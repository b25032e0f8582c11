#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# What the library and its plugins ask of the dynamic linker: the C library,
# the plugins this library too, an soname, nothing to relocate in code.

set -eu
: "${top_builddir:?is set by ./run}"
: "${READELF:=readelf}"

$READELF --version >/dev/null 2>&1 || { echo "SKIP: there is no readelf"; exit 77; }
LC_ALL=C
export LC_ALL
failed=0

fail()
{
	echo "FAIL: $*"
	failed=1
}

# entries TAG FILE: the names in brackets.
entries()
{
	$READELF -dW "$2" | sed -n "s/.*($1).*\[\(.*\)\].*/\1/p"
}

# check FILE [NAME [NAME]]: it needs the C library, and what the names are.
check()
{
	for needed in $(entries NEEDED "$1"); do
		case $needed in
		libc.so* | libc.musl-* | ld-linux* | ld64.so* | ld-musl-*) ;;
		libdl.so* | libpthread.so*) ;;
		"${2-}" | "${3-}") ;;
		# A sanitizer adds its runtime.
		*) test "${VP_SANITIZERS-}" || fail "${1##*/} needs $needed" ;;
		esac
	done
	! $READELF -dW "$1" | grep -q TEXTREL || fail "${1##*/} has text relocations"
	$READELF -lW "$1" | grep -q GNU_RELRO || fail "${1##*/} has nothing read-only after start"
	! $READELF -lW "$1" | grep GNU_STACK | grep -q E || fail "${1##*/} wants an executable stack"
}

library=$top_builddir/lib/.libs/libvirtio-poll.so
check "$library"
soname=$(entries SONAME "$library")
test "$soname" = libvirtio-poll.so.0 || fail "the soname is $soname"
test -e "$library.0" || fail "there is no $library.0"
! $READELF -dW "$library" | grep -qE '\((RPATH|RUNPATH)\)' || fail "the library has a run path"
$READELF -dW "$library" | grep -q NODELETE || fail "the library does not stay loaded"

checked=0
for plugin in "$top_builddir"/plugins/*/.libs/*.so; do
	test -e "$plugin" || continue
	case $plugin in
	*/pci.so) check "$plugin" libvirtio-poll.so.0 libpciaccess.so.0 ;;
	*) check "$plugin" libvirtio-poll.so.0 ;;
	esac
	entries NEEDED "$plugin" | grep -qx libvirtio-poll.so.0 ||
		fail "${plugin##*/} does not link the library"
	checked=$((checked + 1))
done
echo "the library and $checked plugins looked at"
exit $failed
