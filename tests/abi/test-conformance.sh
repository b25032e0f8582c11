#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# CONFORMANCE.md and the tree agree: every rule that code or a test names has
# one row, every row is named, and the files in a row exist. An ID is named as
# in "SPLIT-KICK-2, -3, -4".

set -eu
: "${top_srcdir:?is set by ./run}"
LC_ALL=C
export LC_ALL

table=$top_srcdir/tests/CONFORMANCE.md
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

part='STATUS|RESET|FEAT|RFB|CFG|CFGCHG|VQRESET|VQREENABLE|FRAME|INIT|CLEAN|SUSPEND|NOTIFDATA'
part="$part|SHMEM|ADMIN|ADMINVQ|(SPLIT|PACKED|PCI|HARD|VU)-[A-Z]+"

# complain WHAT: what is on standard input, if anything.
complain()
{
	cat >"$tmp/list"
	test -s "$tmp/list" || return 0
	echo "FAIL: tests/CONFORMANCE.md: $*:"
	sed 's/^/  /' "$tmp/list"
	: >"$tmp/failed"
}

# Sources only: a build in the tree leaves other files there.
cd "$top_srcdir"
find include lib plugins tools tests -type f -name '*.[ch]' -o -type f -name '*.sh' |
	grep -v '^tests/abi/' >"$tmp/files"

xargs grep -hoE "(^|[^A-Za-z0-9_-])($part)-[0-9]+(, -[0-9]+)*" <"$tmp/files" |
	sed 's/^[^A-Z]//' |
	awk -F ', ' '{
		print $1
		sub(/[0-9]+$/, "", $1)
		for (i = 2; i <= NF; i++)
			print $1 substr($i, 2)
	}' | sort -u >"$tmp/named"
sed -nE "s/^\| (($part)-[0-9]+) \|.*/\1/p" "$table" | sort >"$tmp/rows"
test -s "$tmp/named" && test -s "$tmp/rows" || { echo "there is nothing to compare"; exit 99; }

uniq -d "$tmp/rows" | complain "more than one row of"
sort -u -o "$tmp/rows" "$tmp/rows"
comm -23 "$tmp/named" "$tmp/rows" | complain "named, without a row in the table"
comm -13 "$tmp/named" "$tmp/rows" | complain "a row that nothing in the tree names"

grep -E '^\| [A-Z]' "$table" | grep -vE '^\| [^|]+ \| [^|]+ \| [^|]+ \| [^|]+ \|$' |
	grep -v '^| ID |' | complain "no row of four cells"
grep -oE '`[a-z]+/[^`]*`' "$table" | tr -d '`' | sort -u | while read -r file; do
	test -e "$file" || echo "$file"
done | complain "no such file"

# Cases follow the name of their file.
grep -oE '`tests/[^`]*\.c`: [a-z0-9_, ]+' "$table" | sort -u | while read -r file cases; do
	file=$(echo "$file" | tr -d '`:')
	for name in $(echo "$cases" | tr -d ','); do
		grep -q "START_TEST($name)" "$file" || echo "$file: $name"
	done
done | complain "no such test case"

echo "$(wc -l <"$tmp/rows") rules"
test ! -e "$tmp/failed"
