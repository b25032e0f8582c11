#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The library survives being loaded, used and closed by threads that end.

set -eu
: "${top_builddir:?is set by ./run}"

library=$top_builddir/lib/.libs/libvirtio-poll.so.0
test -e "$library" || { echo "$library is missing"; exit 99; }

# By itself: it goes with the last dlclose.
"$top_builddir/tests/compile/dlopen" "$library"

# With a plugin, which stays, and so does what it links.
test -e "$top_builddir/plugins/loopback/.libs/loopback.so" || {
	echo "SKIP: fine without a device; the loopback plugin is not built"
	exit 77
}
"$top_builddir/tests/compile/dlopen" "$library" loopback:blk,size=1M
"$top_builddir/tests/compile/dlopen" "$library" loopback:blk,size=1M,thread=on
