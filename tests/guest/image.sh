#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The initramfs of the guests: image.sh KERNEL OUT PROGRAM...
#
# KERNEL is what kernel.sh made; OUT gets busybox, the modules, the library, the
# plugins and the tool of this build tree, the programs, the cases, and the shared
# libraries that all these need. Files called devices.* in the current folder go in
# as well. Called by run.sh, with top_srcdir and top_builddir set. Not compressed:
# under emulation unpacking takes longer than loading.

set -eu
: "${top_srcdir:?}" "${top_builddir:?}"
kernel=$1
out=$2
shift 2
here=$top_srcdir/tests/guest
root=image.tmp
rm -rf $root
mkdir -p $root/bin $root/lib $root/lib64 $root/vp $root/plugins $root/cases $root/modules

# Of a program that libtool made: the program itself, not the script before it.
real() {
	folder=$(dirname "$1")
	if test -e "$folder/.libs/${1##*/}"; then
		echo "$folder/.libs/${1##*/}"
	else
		echo "$1"
	fi
}

# The shared libraries of a file; the loader has a place of its own.
libraries() {
	LD_LIBRARY_PATH=$top_builddir/lib/.libs ldd "$1" | grep -o '/[^ ]*' |
		while read -r library; do
			case $library in
			/lib64/*) cp -L "$library" $root/lib64 ;;
			*) cp -L "$library" $root/lib ;;
			esac
		done
}

cp "$(command -v busybox)" $root/bin/busybox
ln -s busybox $root/bin/sh
cp -R "$kernel/stock" "$kernel/built" $root/modules
for program in "$top_builddir/tools/virtio-poll-ctl" "$@"; do
	cp "$(real "$program")" "$root/vp/${program##*/}"
	libraries "$(real "$program")"
done
for plugin in "$top_builddir"/plugins/*/.libs/*.so; do
	cp "$plugin" $root/plugins
	libraries "$plugin"
done
cp "$here/init.sh" $root/init
cp "$here/functions.sh" $root
cp "$here"/cases/*.sh $root/cases
cp devices.* $root
chmod -R u=rwX,go=rX $root
chmod 755 $root/init

(cd $root && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$out"
rm -rf $root
