#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A plugin and a program that are built outside of this tree, from what `make
# install` installs and what pkg-config says of it, and nothing else; the
# installed tool and library then use the plugin.

set -eu
: "${top_srcdir:?is set by ./run}" "${top_builddir:?is set by ./run}" "${CC:=cc}"

pkg-config --version >/dev/null 2>&1 || { echo "SKIP: there is no pkg-config"; exit 77; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
stage=$tmp/stage

fail()
{
	echo "FAIL: $*"
	exit 1
}

# Of the make that runs the tests it takes over nothing: not its options, and
# not the variables of its command line.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
umask 022
"${MAKE:-make}" -C "$top_builddir" install "DESTDIR=$stage" >"$tmp/install" 2>&1 || {
	tail -n 20 "$tmp/install"
	fail "make install DESTDIR=... fails"
}

# file NAME TEST: the path of the one such file that was installed.
file()
{
	find "$stage" -name "$1" -path "$2" | head -n 1
}

pc=$(file virtio-poll.pc '*/pkgconfig/*')
lib=$(file libvirtio-poll.so.0 '*')
header=$(file backend.h '*/virtio-poll/*')
test "$pc" || fail "no virtio-poll.pc was installed"
test "$lib" || fail "no libvirtio-poll.so.0 was installed"
test "$header" || fail "no <virtio-poll/backend.h> was installed"
test "$(find "$stage" -name '*.la' | wc -l)" -le 1 || fail "libtool's .la beside the plugins"

# It says no more than is needed, and that in terms of its own variables.
sed -n '/^[A-Z][A-Za-z.]*:/p' "$pc" | grep -v '^\(Name\|Description\|Version\|URL\):' >"$tmp/says"
cat >"$tmp/should" <<-'END'
	Cflags: -I${includedir}
	Libs: -L${libdir} -lvirtio-poll
END
diff "$tmp/should" "$tmp/says" || fail "virtio-poll.pc says more (>) than is needed (<)"

# Where the stage is, as if it were the root. The paths of a distribution are
# left out of what pkg-config says, unless it is told to keep them.
PKG_CONFIG_LIBDIR=${pc%/*}
PKG_CONFIG_SYSROOT_DIR=$stage
PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS PKG_CONFIG_ALLOW_SYSTEM_LIBS
unset PKG_CONFIG_PATH

includedir=${header%/virtio-poll/backend.h}
test "$(pkg-config --cflags virtio-poll | xargs)" = "-I$includedir" ||
	fail "pkg-config --cflags says $(pkg-config --cflags virtio-poll)"
test "$(pkg-config --libs virtio-poll | xargs)" = "-L${lib%/*} -lvirtio-poll" ||
	fail "pkg-config --libs says $(pkg-config --libs virtio-poll)"
plugindir=$stage$(PKG_CONFIG_SYSROOT_DIR= pkg-config --variable=plugindir virtio-poll)
case $plugindir in
"${lib%/*}"/virtio-poll/[0-9]*) ;;
*) fail "plugindir is $plugindir" ;;
esac
for built in "$top_builddir"/plugins/*/.libs/*.so; do
	test ! -e "$built" || test -e "$plugindir/${built##*/}" ||
		fail "${built##*/} was not installed in $plugindir"
done

# As the first lines of the example say; nothing of this tree is in reach.
mkdir -m 755 "$tmp/outside" "$tmp/outside/plugins"
cp "$top_srcdir/examples/minimal-plugin.c" "$top_srcdir/examples/block-read.c" "$tmp/outside"
cd "$tmp/outside"
strict="${VP_SANITIZERS:+-fsanitize=$VP_SANITIZERS} -Wall -Wextra -Werror"
$CC $strict -shared -fPIC -o plugins/zero.so minimal-plugin.c \
	$(pkg-config --cflags --libs virtio-poll)
$CC $strict -o block-read block-read.c $(pkg-config --cflags --libs virtio-poll)

LD_LIBRARY_PATH=${lib%/*}
VIRTIO_POLL_PLUGIN_PATH=$tmp/outside/plugins
export LD_LIBRARY_PATH VIRTIO_POLL_PLUGIN_PATH
head -c 65536 /dev/zero >zeroes
./block-read zero:disk,size=64K 0 128 >read
cmp read zeroes

tool=$(file virtio-poll-ctl '*/bin/*')
test "$tool" || { echo "SKIP: fine without the tool, which is not built"; exit 77; }
"$tool" backends >backends
grep -q "^  path *$tmp/outside/plugins/zero.so\$" backends ||
	fail "'backends' says: $(cat backends)"
"$tool" probe zero:disk,size=64K >probe
grep -qw block probe || fail "'probe' does not see a block device"
"$tool" copy zero:disk,size=64K read
cmp read zeroes
status=0
"$tool" probe zero:disk,colour=red 2>err || status=$?
test $status = 2 || fail "an option that nobody takes ends with $status instead of 2"
grep -q colour err || fail "nobody says which option: $(cat err)"
