#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The manual is whole: every exported call has a page in section 3 that names it
# and its first version, virtio-poll(7) lists every page of calls, no page names
# or refers to what there is not, and none has lint.

set -eu
: "${top_srcdir:?is set by ./run}" "${top_builddir:?is set by ./run}"
LC_ALL=C
export LC_ALL

man=$top_srcdir/man
abi=$top_srcdir/tests/abi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

fail()
{
	echo "FAIL: $*"
	failed=1
}

# target PAGE: the page that it is a link to, or itself.
target()
{
	to=$(sed -n '1s,^\.so man[0-9]/,,p' "$man/$1")
	echo "${to:-$1}"
}

# names PAGE: those of its section NAME.
names()
{
	sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([^ ]*\).*/\1/p' "$man/$1"
}

# since PAGE CALL: the version that HISTORY tells for the call, or for all calls.
since()
{
	awk -v call="$2" '
		/^\.Sh / { here = $2 == "HISTORY" }
		!here { next }
		$1 == ".Fn" { named++; if ($2 == call) mine = 1 }
		match($0, /libvirtio-poll [0-9]+\.[0-9]+\.[0-9]+/) {
			version = substr($0, RSTART + 15, RLENGTH - 15)
		}
		/\.$/ {
			if (mine) exact = version
			else if (!named) general = version
			mine = named = 0
		}
		END { print exact ? exact : general }' "$man/$1"
}

# first CALL: the oldest release whose headers declare it, or this version.
first()
{
	for folder in $(ls -d "$abi"/[0-9]*/ | sort -V); do
		if grep -qw "$1(" "$folder"/include/virtio-poll/*.h; then
			basename "$folder"
			return
		fi
	done
	sed -n 's/^#define VIRTIO_POLL_VERSION "\(.*\)"$/\1/p' \
		"$top_builddir/include/virtio-poll/version.h"
}

# --- Each call and its page

{
	sed -e 's,/\*.*\*/,,' "$top_srcdir/lib/libvirtio-poll.map" |
		grep -oE '^[[:space:]]*[a-z][a-z0-9_]*;' | tr -d ' \t;'
	echo virtio_backend_query
} | sort >"$tmp/exported"
(cd "$man" && ls ./*.3) | sed 's,^\./\(.*\)\.3$,\1,' | sort >"$tmp/pages"
diff "$tmp/exported" "$tmp/pages" >"$tmp/diff" ||
	fail "the library's calls (<) and the pages of section 3 (>) differ: $(cat "$tmp/diff")"

while read -r call; do
	test -e "$man/$call.3" || continue
	page=$(target "$call.3")
	test -e "$man/$page" || { fail "$call.3 is a link to $page, which is not there"; continue; }
	names "$page" | grep -qx "$call" || fail "the NAME of $page lacks $call"
	grep -qE "^\.F[no] $call( |\$)" "$man/$page" || fail "the SYNOPSIS of $page lacks $call"
	told=$(since "$page" "$call")
	is=$(first "$call")
	test "$told" = "$is" || fail "$page says that $call is since ${told:-never}, not $is"
done <"$tmp/exported"

# --- Each page

calls_in()
{
	grep -ohE '\bF[no] (virtio|virtqueue)[a-z_0-9]+' "$@" | cut -d' ' -f2 | sort -u
}
calls_in "$man"/*.[137] | comm -23 - "$tmp/exported" >"$tmp/unknown"
test ! -s "$tmp/unknown" || fail "a page names what there is not: $(cat "$tmp/unknown")"

for path in "$man"/*.[137]; do
	page=${path##*/}
	grep -qxE "	man/$page \\\\" "$man/local.mk" || fail "man/local.mk lacks $page"
	test "$(target "$page")" = "$page" || continue
	for name in $(names "$page"); do
		test -e "$man/$name.${page##*.}" || fail "$page is not found as $name"
	done
	# References to pages of ours; what others have, mandoc knows better.
	sed -n 's/^\.Xr \(virt[^ ]*\) \([0-9]\).*/\1.\2/p' "$path" | sort -u >"$tmp/refs"
	while read -r ref; do
		case $ref in
		virtiofsd.*) ;;
		*) test -e "$man/$ref" || fail "$page refers to $ref, which is not there" ;;
		esac
	done <"$tmp/refs"
	case $page in
	*.3)
		grep -q "^\.Xr ${page%.3} 3" "$man/virtio-poll.7" ||
			fail "virtio-poll.7 does not list $page" ;;
	virtio-poll-*.7)
		grep -q "^\.Xr ${page%.7} 7" "$man/virtio-poll.7" ||
			fail "virtio-poll.7 does not refer to $page" ;;
	esac
done

# --- Lint: warnings of all kinds, and of style the long lines.

if test $failed = 0 && ! command -v mandoc >/dev/null; then
	echo "SKIP: there is no mandoc to look for lint; the rest is fine"
	exit 77
fi
for path in "$man"/*.[137]; do
	test "$(target "${path##*/}")" = "${path##*/}" || continue
	mandoc -T lint -W style "$path" 2>&1 |
		grep -v -e 'STYLE: referenced manual not found' -e 'outdated mandoc.db' \
			>"$tmp/lint" || continue
	cat "$tmp/lint"
	failed=1
done
echo "$(wc -l <"$tmp/exported") calls on $(ls "$man"/*.[137] | wc -l) pages and links"
exit $failed
