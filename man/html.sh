#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# html.sh MAN OUT TITLE: the manual pages in the folder MAN as HTML in the folder
# OUT, with an index. Called by `make html`. References to pages of ours are
# links to files beside, those to others lead to manpages.debian.org.

set -eu
: "${MANDOC:=mandoc}"
test $# = 3 || { echo "usage: html.sh MAN OUT TITLE" >&2; exit 2; }
mkdir -p "$2"
man=$(cd "$1" && pwd)
title=$3
# Whether a reference is to a page of ours is seen by its file.
cd "$2"
rm -f ./*.html
pages=$(cd "$man" && ls -- *.[137])
for page in $pages; do
	: >"$page.html"
done

# entry PAGE: its line in the index; the words of its .Nd, and all its names.
entry()
{
	what=$(sed -n 's/^\.Nd //p' "$man/$1")
	names=$(sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([^ ]*\).*/\1/p' "$man/$1")
	refs=
	for name in $names; do
		refs="$refs${refs:+, }<a href=\"$name.${1##*.}.html\">$name</a>"
	done
	printf '<dt>%s(%s)</dt>\n<dd>%s</dd>\n' "$refs" "${1##*.}" "$what"
}

# chapter TITLE PAGE...
chapter()
{
	printf '<h2>%s</h2>\n<dl>\n' "$1"
	shift
	for page; do
		test "$(head -c 4 "$man/$page")" = '.so ' || entry "$page"
	done
	echo '</dl>'
}

# others FILE: a sed script that has references to pages of others lead to the web.
others()
{
	grep -oE 'href="[^"#/:]*\.[1-9]\.html"' "$1" | sort -u | sed 's/^href="//;s/"$//' |
		while read -r to; do
			test -e "$to" || printf 's,href="%s",href="%s/%s",g\n' "$to" \
				https://manpages.debian.org "${to%.html}"
		done
}

for page in $pages; do
	test "$(head -c 4 "$man/$page")" != '.so ' || continue
	"$MANDOC" -T html -I os="$title" -O man=%N.%S.html,style=html.css \
		"$man/$page" >"$page.new"
	others "$page.new" >others.sed
	sed -f others.sed "$page.new" >"$page.html"
done
rm -f ./*.new others.sed
# A further name is the same page.
for page in $pages; do
	target=$(sed -n '1s,^\.so man[0-9]/,,p' "$man/$page")
	test -z "$target" || cp "$target.html" "$page.html"
done

cp "$man/html.css" .
{
	cat <<-END
		<!DOCTYPE html>
		<html lang="en">
		<head>
		<meta charset="utf-8"/>
		<meta name="viewport" content="width=device-width, initial-scale=1.0"/>
		<link rel="stylesheet" href="html.css"/>
		<title>$title</title>
		</head>
		<body>
		<h1>$title</h1>
	END
	cd "$man"
	chapter "Concepts" virtio-poll.7 virtio-poll-*.7
	chapter "The tool" ./*.1
	chapter "Calls" ./*.3
	printf '</body>\n</html>\n'
} | sed 's,href="\./,href=",' >index.html.new
mv index.html.new index.html
