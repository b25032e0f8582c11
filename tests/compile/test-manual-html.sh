#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# `make html` renders every page, and each link in there leads somewhere: to a
# file beside and, where it names one, a place in it; or to the web.

set -eu
: "${top_srcdir:?is set by ./run}"

command -v mandoc >/dev/null || { echo "SKIP: there is no mandoc"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

MANDOC=mandoc sh "$top_srcdir/man/html.sh" "$top_srcdir/man" "$tmp/html" "a title"
cd "$tmp/html"

for page in "$top_srcdir"/man/*.[137]; do
	name=${page##*/}
	test -s "$name.html" || { echo "FAIL: $name.html is missing or empty"; failed=1; }
	grep -q "href=\"$name.html\"" index.html || { echo "FAIL: the index lacks $name"; failed=1; }
done

for file in *.html; do
	grep -oE '(href|src)="[^"]*"' "$file" | sed 's/^[a-z]*="//;s/"$//' | sort -u |
		sed "s,^,$file ,"
done >"$tmp/links"
if grep -n 'class="Xr">' ./*.html; then
	echo "FAIL: references that are no links, see above"
	failed=1
fi
while read -r file link; do
	case $link in
	https://*) continue ;;
	esac
	to=${link%%#*}
	: "${to:=$file}"
	if ! test -e "$to"; then
		echo "FAIL: $file has a link to $link, which is not there"
		failed=1
	elif test "$link" != "${link#*#}" && ! grep -qF "id=\"${link#*#}\"" "$to"; then
		echo "FAIL: $file has a link to $link, and $to no such place"
		failed=1
	fi
done <"$tmp/links"

echo "$(ls ./*.html | wc -l) files, $(wc -l <"$tmp/links") links"
exit $failed
