#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The kernel of the guest tier, into a cache:
#
#     kernel.sh CACHE
#
# fetches Debian's packages by name (nothing is installed), takes the kernel and
# a few modules out of them, and builds the modules that Debian leaves out: VFIO
# with no-IOMMU mode and per-device nodes, and iommufd. What is in CACHE already
# is not made again:
#
#     debs/*.deb            the packages; may be put there beforehand
#     kernel/version        of the kernel, written last
#     kernel/linux          to boot
#     kernel/stock/*.ko     Debian's modules
#     kernel/built/*.ko     ours; without them kernel/built/missing says why
#
# Ends with 77 and a reason if the packages cannot be had.

set -eu
case $1 in /*) cache=$1 ;; *) cache=$PWD/$1 ;; esac
debs=$cache/debs
kernel=$cache/kernel
log=$cache/kernel.log

# The names that lead to the exact ones: Debian 12, then later releases.
metas='linux-image-6.12-cloud-amd64 linux-image-cloud-amd64'
stock='irqbypass vfio vfio_iommu_type1 vfio-pci-core vfio-pci
	virtio_blk failover net_failover virtio_net'

skip() {
	echo "kernel.sh: $*"
	exit 77
}

# apt ARGUMENT...: apt-get or apt-cache with lists of our own once there are any.
apt() {
	apt_program=$1
	shift
	set -- "$apt_program" -o Debug::NoLocking=1 "$@"
	if test -d "$cache/apt/lists"; then
		shift
		set -- "$apt_program" -o Dir::State="$cache/apt" \
			-o Dir::State::status=/var/lib/dpkg/status \
			-o Dir::Cache="$cache/apt/cache" -o Debug::NoLocking=1 "$@"
	fi
	"$@" </dev/null
}

# Fresh lists of packages, in the cache: the system's may be old, or none.
own_lists() {
	mkdir -p "$cache/apt/lists/partial" "$cache/apt/cache/archives/partial"
	apt apt-get -q update >>"$log" 2>&1
}

# exact META: the name that META stands for today.
exact() {
	apt apt-cache depends "$1" 2>/dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

find_image() {
	for meta in $metas; do
		image=$(exact "$meta")
		test -z "$image" || return 0
	done
	return 1
}

# cached NAME: the file of the package, if it is there.
cached() {
	for deb in "$debs/$1"_*.deb; do
		test ! -e "$deb" || echo "$deb"
	done | tail -n 1
}

# fetch NAME...: from apt into debs, those that are not there.
fetch() {
	wanted=
	for package; do
		test -n "$(cached "$package")" || wanted="$wanted $package"
	done
	test -n "$wanted" || return 0
	echo "# fetching$wanted"
	# shellcheck disable=SC2086 # a list of words
	(cd "$debs" && apt apt-get -q download $wanted >>"$log" 2>&1)
}

# The image: out of debs if it was put there, else by the name of today.
fetch_image() {
	image=$(cached 'linux-image-[0-9]*-cloud-amd64')
	if test -n "$image"; then
		image=${image##*/}
		image=${image%%_*}
		return
	fi
	command -v apt-get >/dev/null || skip "no kernel: there is no apt-get to fetch one with"
	if find_image && fetch "$image"; then
		return
	fi
	own_lists && find_image && fetch "$image" ||
		skip "no kernel: apt-get cannot fetch any of $metas (see $log)"
}

# number FILE OFFSET BYTES: an integer of a file.
number() {
	od -A n -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# vmlinux VMLINUZ: what a bzImage has inside (Linux's boot protocol: setup_sects at
# 0x1f1, payload_offset and payload_length at 0x248; the payload ends with its
# unpacked size). QEMU starts it at once; the guest would take seconds to unpack it.
vmlinux() {
	start=$((($(number "$1" 497 1) + 1) * 512 + $(number "$1" 584 4)))
	for unpack in 'zstd -qdc' 'xz -dc'; do
		tail -c +$((start + 1)) "$1" | head -c $(($(number "$1" 588 4) - 4)) |
			$unpack 2>/dev/null && return
	done
	return 1
}

unpack_image() {
	tree=$cache/image
	rm -rf "$tree" "$kernel"
	mkdir -p "$tree" "$kernel/stock" "$kernel/built"
	dpkg-deb -x "$(cached "$image")" "$tree"
	version=${image#linux-image-}
	vmlinuz=$tree/boot/vmlinuz-$version
	vmlinux "$vmlinuz" >"$kernel/linux" || cp "$vmlinuz" "$kernel/linux"
	modules=$(find "$tree" -type d -path "*/modules/$version")
	for module in $stock; do
		file=$(find "$modules" -name "$module.ko*")
		case $file in
		*.xz) xz -dc "$file" >"$kernel/stock/$module.ko" ;;
		*.zst) zstd -qdc "$file" >"$kernel/stock/$module.ko" ;;
		*.ko) cp "$file" "$kernel/stock/$module.ko" ;;
		# What is not there is part of the kernel itself.
		esac
	done
	rm -rf "$tree"
}

# Headers, the programs that go with them, and the source of the modules. Their
# Makefiles name /usr/src, where nothing of this is.
unpack_headers() {
	src=$cache/headers/usr/src
	rm -rf "$cache/headers"
	for package in "$headers" "$common" "$kbuild"; do
		dpkg-deb -x "$(cached "$package")" "$cache/headers"
	done
	echo "include $src/$common/Makefile" >"$src/$headers/Makefile"
	# With it, a step would want pahole.
	rm -f "$src/$headers/vmlinux"
	series=${source#linux-source-}
	dpkg-deb --fsys-tarfile "$(cached "$source")" |
		tar -xO "./usr/src/$source.tar.xz" |
		tar -xJ -C "$cache/headers" --strip-components=1 \
			"linux-source-$series/drivers/vfio" \
			"linux-source-$series/drivers/iommu" \
			"linux-source-$series/lib/interval_tree.c"
}

# The folder that the modules are built in: the kernel's files and Kbuild files of
# ours. All that share a structure with CONFIG_IOMMUFD in it are built anew.
lay_out_modules() {
	m=$cache/modules
	rm -rf "$m"
	mkdir -p "$m/pci" "$m/iommufd"
	cp "$cache"/headers/drivers/vfio/*.[ch] "$m"
	cp "$cache"/headers/drivers/vfio/pci/*.[ch] "$m/pci"
	cp "$cache"/headers/drivers/iommu/iommufd/*.[ch] "$m/iommufd"
	cp "$cache"/headers/drivers/iommu/*.h "$m"
	# A part of the kernel that Debian leaves out because nobody selects it.
	{
		echo '#include <linux/interval_tree.h>'
		echo '#include <linux/compiler.h>'
		sed -n -e '/^#ifdef CONFIG_INTERVAL_TREE_SPAN_ITER/,/^#endif/p' \
			"$cache/headers/lib/interval_tree.c" | grep -v EXPORT_SYMBOL
	} >"$m/iommufd/span.c"
	flags='-DCONFIG_IOMMUFD=1 -DCONFIG_VFIO_NOIOMMU=1 -DCONFIG_VFIO_DEVICE_CDEV=1'
	flags="$flags -DCONFIG_INTERVAL_TREE_SPAN_ITER=1"
	cat >"$m/Kbuild" <<-END
	subdir-ccflags-y += $flags
	obj-m += vfio.o vfio_iommu_type1.o pci/ iommufd/
	vfio-y := vfio_main.o group.o container.o virqfd.o device_cdev.o iommufd.o
	END
	cat >"$m/pci/Kbuild" <<-END
	obj-m += vfio-pci-core.o vfio-pci.o
	vfio-pci-core-y := vfio_pci_core.o vfio_pci_intrs.o vfio_pci_rdwr.o vfio_pci_config.o
	vfio-pci-y := vfio_pci.o vfio_pci_igd.o
	END
	cat >"$m/iommufd/Kbuild" <<-END
	obj-m += iommufd.o
	iommufd-y := device.o fault.o hw_pagetable.o io_pagetable.o ioas.o main.o pages.o \
		vfio_compat.o span.o
	END
}

without_built() {
	echo "$*" >"$kernel/built/missing"
	echo "# no modules of our own: $*"
}

build_modules() {
	version=${image#linux-image-}
	base=${version%-cloud-amd64}
	series=$(echo "$base" | sed 's/^\([0-9]*\.[0-9]*\).*/\1/')
	headers=linux-headers-$version
	common=linux-headers-$base-common
	kbuild=linux-kbuild-$base
	source=linux-source-$series
	set -- "$headers" "$common" "$kbuild" "$source"
	if ! fetch "$@" && ! { own_lists && fetch "$@"; }; then
		without_built "$source or what goes with it cannot be fetched"
		return
	fi
	echo "# building VFIO and iommufd for $version"
	unpack_headers
	lay_out_modules
	if make -C "$src/$headers" M="$m" -j "$(nproc)" modules >>"$log" 2>&1 </dev/null; then
		strip -g "$m"/*.ko "$m"/*/*.ko
		cp "$m"/*.ko "$m"/*/*.ko "$kernel/built"
	else
		without_built "they cannot be built here (see $log)"
	fi
	rm -rf "$cache/headers" "$cache/modules"
}

test ! -e "$kernel/version" || exit 0
mkdir -p "$debs"
: >"$log"
fetch_image
unpack_image
build_modules
echo "${image#linux-image-}" >"$kernel/version"
