#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# record.sh FOLDER: describe the binary interface of the library that was built,
# and of a plugin, in FOLDER/libvirtio-poll.abi and FOLDER/plugin.abi. Called by
# test-abidiff.sh, and by `make record-abi` for a release; in the build folder,
# with top_srcdir set. What is written has no path of this machine.

set -eu
: "${top_srcdir:?}"
test $# = 1 || { echo "usage: record.sh FOLDER" >&2; exit 2; }

headers=$(mktemp -d)
trap 'rm -rf "$headers"' EXIT
cp "$top_srcdir"/include/virtio-poll/*.h include/virtio-poll/version.h "$headers"

# What no public header defines is private; sources are named from the top folder.
record()
{
	abidw --exported-interfaces-only --drop-private-types --drop-undefined-syms \
		--headers-dir "$headers" --no-corpus-path --no-comp-dir-path --no-show-locs \
		--no-elf-needed --type-id-style hash --out-file "$headers/abi" "$1"
	sed "s,\(<abi-instr .*path='\)[^']*/\([a-z]*/[^/']*'\),\1\2," "$headers/abi" >"$2"
}

record lib/.libs/libvirtio-poll.so.0 "$1/libvirtio-poll.abi"
record examples/.libs/zero.so "$1/plugin.abi"
