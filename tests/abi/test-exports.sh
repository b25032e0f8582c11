#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# What is exported: the library exactly what its headers declare and its
# version script lists, each plugin virtio_backend_query and nothing else.

set -e

: "${top_srcdir:?is set by ./run}" "${top_builddir:?is set by ./run}"
: "${CC:=cc}" "${NM:=nm}"

$NM --version >/dev/null 2>&1 || { echo "SKIP: there is no nm"; exit 77; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# The names of defined dynamic symbols; a version node is an absolute one.
exports_of()
{
	$NM -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u
}

# same WHAT FILE WHAT FILE
same()
{
	if ! cmp -s "$2" "$4"; then
		echo "FAIL: $1 (-) and $3 (+) differ:"
		diff -U0 "$2" "$4" | sed 1,3d | head -n 20 || :
		failed=1
	fi
}

# The preprocessor takes the comments out.
printf '#include <virtio-poll/%s>\n' virtio.h backend.h |
	$CC -E -P -I"$top_srcdir/include" -I"$top_builddir/include" - |
	grep -oE '\b(virtio|virtqueue)_[a-z0-9_]+ *\(' | tr -d ' (' |
	grep -vx virtio_backend_query | sort -u >"$tmp/headers"

sed -e 's,/\*.*\*/,,' "$top_srcdir/lib/libvirtio-poll.map" |
	grep -oE '^[[:space:]]*[a-z][a-z0-9_]*;' | tr -d ' \t;' | sort >"$tmp/map"

exports_of "$top_builddir/lib/.libs/libvirtio-poll.so" >"$tmp/library"

same "the headers" "$tmp/headers" "the version script" "$tmp/map"
same "the version script" "$tmp/map" "the library" "$tmp/library"

if grep -vE '^(virtio|virtqueue)_' "$tmp/library"; then
	echo "FAIL: the library exports names outside of virtio_ and virtqueue_, see above"
	failed=1
fi

echo virtio_backend_query >"$tmp/one"
plugins=0
for plugin in "$top_builddir"/plugins/*/.libs/*.so; do
	test -e "$plugin" || continue
	exports_of "$plugin" >"$tmp/plugin"
	same "what a plugin exports" "$tmp/one" "${plugin##*/}" "$tmp/plugin"
	plugins=$((plugins + 1))
done

echo "$(wc -l <"$tmp/library") symbols of the library and $plugins plugins looked at"
exit $failed
