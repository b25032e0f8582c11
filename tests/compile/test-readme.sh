#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The program in README.md compiles with the command that stands below it, and
# prints what it is said to print.

set -eu
: "${top_srcdir:?is set by ./run}" "${top_builddir:?is set by ./run}" "${CC:=cc}"

pkg-config --version >/dev/null 2>&1 || { echo "SKIP: there is no pkg-config"; exit 77; }
command='$(pkg-config --cflags --libs virtio-poll)'
grep -qF "    cc prog.c $command" "$top_srcdir/README.md"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# As if it were installed: headers in one folder, virtio-poll.pc points there.
mkdir -p "$tmp/include/virtio-poll"
cp "$top_srcdir"/include/virtio-poll/*.h "$top_builddir"/include/virtio-poll/*.h \
	"$tmp/include/virtio-poll"
sed -e "s,^libdir=.*,libdir=$top_builddir/lib/.libs," \
	-e "s,^includedir=.*,includedir=$tmp/include," \
	"$top_builddir/virtio-poll.pc" >"$tmp/virtio-poll.pc"
PKG_CONFIG_PATH=$tmp
export PKG_CONFIG_PATH

# The first block of C in there.
sed -n '/^```c$/,/^```$/{/^```/d;p}' "$top_srcdir/README.md" >"$tmp/prog.c"
lines=$(wc -l <"$tmp/prog.c")
test "$lines" -ge 20
test "$lines" -le 35

cd "$tmp"
eval "$CC ${VP_SANITIZERS:+-fsanitize=$VP_SANITIZERS} -Wall -Wextra -Werror prog.c $command"

set -- "$top_builddir"/plugins/loopback/.libs/loopback.so
test -e "$1" || { echo "SKIP: it compiles; there is no loopback plugin to run it with"; exit 77; }
head -c 512 /dev/urandom >disk
od -An -tx1 -v -N16 disk | sed 's/^ //' >expected
./a.out "loopback:blk,file=$tmp/disk" | cmp - expected
./a.out | grep -qx '00\( 00\)\{15\}'
! ./a.out nowhere:disk 2>err
grep -q '^virtio_dev_open: there is no backend "nowhere"' err
