#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A library that was configured with probes has each of them, and the page
# describes these and no others.

set -u
: "${top_builddir:?is set by ./run}" "${top_srcdir:?is set by ./run}"

page=$top_srcdir/man/virtio-poll-trace.7
described=$(sed -n 's/^\.It Sy \([a-z_]*\) Ns Pq .*/\1/p' "$page" | sort)
test "$described" || { echo "FAIL: no probes in $page"; exit 1; }
in_header=$(sed -n 's/^.DTRACE_PROBE[0-9](virtio_poll, \([a-z_]*\),.*/\1/p' \
	"$top_srcdir/lib/trace.h" | sort)
test "$described" = "$in_header" || {
	echo "FAIL: the page has" $described "and lib/trace.h" $in_header
	exit 1
}

grep -q '^#define ENABLE_USDT 1' "$top_builddir/config.h" ||
	{ echo "SKIP: configured without probes (package systemtap-sdt-dev)"; exit 77; }
command -v readelf >/dev/null || { echo "SKIP: there is no readelf"; exit 77; }
built=$(LC_ALL=C readelf -n "$top_builddir/lib/.libs/libvirtio-poll.so" |
	awk '$1 == "Provider:" { ours = $2 == "virtio_poll" }
	     $1 == "Name:" && ours { print $2 }' | sort -u)
test "$described" = "$built" || {
	echo "FAIL: the page has" $described "and the library" $built
	exit 1
}
