# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
#
# What scripts/demo and scripts/check begin with: the packages, autoreconf and
# configure. Sourced, in any current folder, with `top` set to the source
# folder; goes there. Talks in lines that begin with "==>".

# To build on Debian: gcc alone brings neither headers nor make.
build_packages='autoconf automake libtool pkgconf gcc libc6-dev make
	libpciaccess-dev'
# The server that the demo reads a disk from.
demo_packages='qemu-system-common'
# Tests: second compilers, libraries, valgrind, servers (virtiofsd comes with
# qemu-system-common up to Debian 12), readers of what we write. For the guest
# tier: an emulator, what an initramfs is made with, what modules are built with.
# Last: the nbdkit example and its clients, probes.
check_packages='g++ clang check libglib2.0-dev valgrind mandoc abigail-tools jq strace xz-utils
	qemu-system-common dpdk-dev
	qemu-system-x86 busybox-static cpio zstd libelf1
	nbdkit nbdkit-plugin-dev libnbd-bin qemu-utils fio e2fsprogs systemtap-sdt-dev'
# To build packages, and a minimal system to install them in; libraries that a
# package's build asks for by name are among those for tests.
package_packages='build-essential dpkg-dev debhelper lintian mmdebstrap git
	rpm rpmlint cpio xz-utils
	systemtap-sdt-dev check libglib2.0-dev mandoc jq'

say() {
	printf '==> %s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# quietly LOG COMMAND...: what COMMAND prints goes to LOG, its end is shown if
# COMMAND fails.
quietly() {
	quiet_log=$1
	shift
	if "$@" >"$quiet_log" 2>&1 </dev/null; then
		return 0
	fi
	printf -- '--- failed: %s\n--- the end of %s:\n' "$*" "$quiet_log" >&2
	tail -n 40 "$quiet_log" >&2
	return 1
}

# need_packages NAME...: install those that are missing, or say how.
need_packages() {
	if ! command -v dpkg-query >/dev/null; then
		say "no Debian packages on this system: going on with what is there"
		return 0
	fi
	missing=
	for package; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || missing="$missing $package"
	done
	test -n "$missing" || return 0
	if test "$(id -u)" != 0; then
		printf '%s: packages are missing; as root:\n' "${0##*/}" >&2
		printf '    apt-get install --no-install-recommends%s\n' "$missing" >&2
		exit 1
	fi
	say "installing$missing"
	apt_log=$(mktemp)
	export DEBIAN_FRONTEND=noninteractive
	quietly "$apt_log" apt-get -q update ||
		say "apt-get update failed, going on with the lists that are there"
	# shellcheck disable=SC2086 # a list of words
	quietly "$apt_log" apt-get -q -y --no-install-recommends install $missing || exit 1
	rm -f "$apt_log"
}

# Write configure, unless it is there and newer than all it is made from.
make_configure() {
	if test -e config.status; then
		die "the source folder itself is configured: run 'make distclean' there first"
	fi
	if test -x configure && test -e Makefile.in &&
	   test -z "$(find configure.ac Makefile.am m4/vp-*.m4 ./*/local.mk \
			plugins/*/local.mk -newer configure)"; then
		return 0
	fi
	say "autoreconf"
	autoreconf_log=$(mktemp)
	quietly "$autoreconf_log" autoreconf -fi || exit 1
	# autoreconf leaves an up-to-date configure as it is.
	touch configure
	rm -f "$autoreconf_log"
}

# configure_in FOLDER ARGUMENT...
configure_in() {
	folder=$1
	shift
	mkdir -p "$folder"
	say "configuring in $folder/${*:+ with $*}"
	(cd "$folder" && quietly "$top/$folder/configure.out" ../configure -q "$@")
}

jobs=$(nproc 2>/dev/null || echo 1)
cd "$top"
