#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The manual: no page has lint, virtio-poll(7) names every call of the library
# and none besides, and its example compiles and runs.

set -eu
: "${top_srcdir:?is set by ./run}" "${top_builddir:?is set by ./run}" "${CC:=cc}"

man=$top_srcdir/man
page=$man/virtio-poll.7
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# What `.Fn` names, in this page and then in all; every call is exported.
calls_in()
{
	grep -ohE '\bFn [a-z_0-9]+' "$@" | cut -d' ' -f2 | sort -u
}

{
	sed -e 's,/\*.*\*/,,' "$top_srcdir/lib/libvirtio-poll.map" |
		grep -oE '^[[:space:]]*[a-z][a-z0-9_]*;' | tr -d ' \t;'
	echo virtio_backend_query
} | sort >"$tmp/exported"
calls_in "$page" >"$tmp/named"
if ! diff "$tmp/exported" "$tmp/named" >"$tmp/diff"; then
	echo "FAIL: the library (<) and virtio-poll.7 (>) differ:"
	cat "$tmp/diff"
	failed=1
fi
calls_in "$man"/*.[17] | comm -23 - "$tmp/exported" >"$tmp/unknown"
if test -s "$tmp/unknown"; then
	echo "FAIL: a page names what there is not: $(cat "$tmp/unknown")"
	failed=1
fi

cflags="${VP_SANITIZERS:+-fsanitize=$VP_SANITIZERS} -Wall -Wextra -Werror"
cflags="$cflags -I$top_srcdir/include -I$top_builddir/include"

# The headers of the synopsis alone.
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.In \(.*\)/#include <\1>/p' "$page" >"$tmp/headers.c"
test "$(wc -l <"$tmp/headers.c")" = 2
$CC $cflags -c -o "$tmp/headers.o" "$tmp/headers.c"

sed -n -e '/^\.\\" begin example/,/^\.\\" end example/{/^\./d;s/\\e/\\/g;p}' \
	"$page" >"$tmp/example.c"
$CC $cflags -o "$tmp/example" "$tmp/example.c" -L"$top_builddir/lib/.libs" -lvirtio-poll

if test -e "$top_builddir/plugins/loopback/.libs/loopback.so"; then
	head -c 1024 /dev/urandom >"$tmp/disk"
	"$tmp/example" "loopback:blk,file=$tmp/disk" >"$tmp/out"
	head -c 512 "$tmp/disk" | cmp - "$tmp/out"
fi

if test $failed = 0 && ! command -v mandoc >/dev/null; then
	echo "SKIP: there is no mandoc to look for lint; the rest is fine"
	exit 77
fi
for page in "$man"/*.[17]; do
	if ! mandoc -T lint -W warning "$page" >"$tmp/lint" 2>&1; then
		cat "$tmp/lint"
		failed=1
	fi
done
exit $failed
