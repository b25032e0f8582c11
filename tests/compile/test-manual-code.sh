#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The manual is right about C: each synopsis is what the headers declare, in C99
# and in C++; each structure has the members of the header; each example
# compiles, and that of virtio-poll(7) runs; the plugin in the book is the file
# in examples/.

set -eu
: "${top_srcdir:?is set by ./run}" "${top_builddir:?is set by ./run}" "${CC:=cc}"
LC_ALL=C
export LC_ALL

man=$top_srcdir/man
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
include="-I$top_srcdir/include -I$top_builddir/include"

fail()
{
	echo "FAIL: $*"
	failed=1
}

# --- Synopses

# synopsis PAGE: "#include <...>" and prototypes.
synopsis()
{
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$man/$1" | awk '
		function unquoted(line) { gsub(/"|\\&/, "", line); return line }
		function arguments(line, list, n, part, i) {
			n = split(line, part, /" "|"/)
			list = ""
			for (i = 2; i < n; i++)
				list = list (i > 2 ? ", " : "") part[i]
			return list == "" ? "void" : list
		}
		$1 == ".In" { print "#include <" $2 ">" }
		$1 == ".Ft" { type = unquoted(substr($0, 5)) }
		$1 == ".Fn" { print type " " $2 "(" arguments($0) ");" }
		$1 == ".Fo" { open = type " " $2 "("; comma = "" }
		$1 == ".Fa" && open { open = open comma unquoted(substr($0, 5)); comma = ", " }
		$1 == ".Fc" { print open ");"; open = "" }'
}

# One unit for all pages with the same headers: the header declares the call,
# and says the same of it.
n=0
for path in "$man"/*.[37]; do
	test "$(head -c 4 "$path")" != '.so ' || continue
	page=${path##*/}
	synopsis "$page" >"$tmp/synopsis"
	test -s "$tmp/synopsis" || continue
	key=$(sed -n 's/^#include //p' "$tmp/synopsis" | tr -dc 'a-z.')
	grep '^#' "$tmp/synopsis" >"$tmp/$key.head"
	grep -v '^#' "$tmp/synopsis" >"$tmp/protos" || continue
	n=$((n + $(wc -l <"$tmp/protos")))
	cat "$tmp/protos" >>"$tmp/$key.protos"
done
for head in "$tmp"/*.head; do
	protos=${head%.head}.protos
	{
		cat "$head"
		echo '#ifdef __cplusplus'
		echo 'extern "C" {'
		echo '#endif'
		echo 'void all_are_declared(void);'
		echo 'void all_are_declared(void) {'
		if test -e "$protos"; then
			sed 's/^.*[ *]\(virt[a-z0-9_]*\)(.*/	(void)\&\1;/' "$protos"
		fi
		echo '}'
		if test -e "$protos"; then
			cat "$protos"
		fi
		echo '#ifdef __cplusplus'
		echo '}'
		echo '#endif'
	} >"${head%.head}.c"
	cp "${head%.head}.c" "${head%.head}.cc"
	$CC -std=c99 -pedantic-errors -Wall -Wextra -Werror $include -fsyntax-only \
		"${head%.head}.c" || fail "a synopsis is not what the header says, in C99"
	if ${CXX:-false} --version >/dev/null 2>&1; then
		$CXX -std=c++11 -pedantic-errors -Wall -Wextra -Werror $include -fsyntax-only \
			"${head%.head}.cc" || fail "a synopsis is not what the header says, in C++"
	fi
done
calls=$(sed -e 's,/\*.*\*/,,' "$top_srcdir/lib/libvirtio-poll.map" |
	grep -cE '^[[:space:]]*virt[a-z0-9_]*;')
test "$n" -gt "$calls" || fail "$n prototypes were found for $calls calls"

# --- Structures: `.\" struct NAME` stands before the display.

# members: what is on standard input without comments, each blank one space.
members()
{
	tr '\n\t' '\001 ' | sed -E 's,/\*[^*]*\*+([^/*][^*]*\*+)*/,,g' | tr '\001' ' ' |
		tr -s ' ' | sed -e 's/ *$//' -e 's/( /(/g'
	echo
}
structures=0
for path in "$man"/*.[37]; do
	for name in $(sed -n 's/^\.\\" struct \([a-z_]*\)$/\1/p' "$path"); do
		sed -n "/^\\.\\\\\" struct $name\$/,/^\\.Ed/{/^\\./d;p}" "$path" | members >"$tmp/told"
		sed -n "/^struct $name {/,/^};/p" "$top_srcdir"/include/virtio-poll/*.h |
			members >"$tmp/is"
		structures=$((structures + 1))
		cmp -s "$tmp/is" "$tmp/told" && continue
		fail "${path##*/}: struct $name is in the header (-) and on the page (+):"
		diff -U0 "$tmp/is" "$tmp/told" | sed 1,3d || :
	done
done

# --- Examples

cflags="${VP_SANITIZERS:+-fsanitize=$VP_SANITIZERS} -Wall -Wextra -Werror $include"
examples=0
for path in "$man"/*.[37]; do
	grep -q '^\.\\" begin example$' "$path" || continue
	sed -n -e '/^\.\\" begin example$/,/^\.\\" end example$/{/^\./d;s/\\e/\\/g;s/\\&//g;p}' \
		"$path" >"$tmp/example.c"
	examples=$((examples + 1))
	$CC $cflags -fsyntax-only "$tmp/example.c" || fail "the example of ${path##*/}"
done

sed -n -e '/^\.\\" begin example$/,/^\.\\" end example$/{/^\./d;s/\\e/\\/g;p}' \
	"$man/virtio-poll.7" >"$tmp/example.c"
$CC $cflags -o "$tmp/example" "$tmp/example.c" -L"$top_builddir/lib/.libs" -lvirtio-poll
if test -e "$top_builddir/plugins/loopback/.libs/loopback.so"; then
	head -c 1024 /dev/urandom >"$tmp/disk"
	"$tmp/example" "loopback:blk,file=$tmp/disk" >"$tmp/out" ||
		fail "the example of virtio-poll.7 ends with $?"
	head -c 512 "$tmp/disk" | cmp - "$tmp/out" || fail "the example of virtio-poll.7 reads wrong"
fi

# --- The plugin of the book

file=examples/minimal-plugin.c
sed -n "\\,^\\.\\\\\" begin $file\$,,\\,^\\.\\\\\" end $file\$,{/^\\.[BE\\]/d;s/\\\\e/\\\\/g;p}" \
	"$man/virtio-poll-plugins.7" >"$tmp/plugin.c"
if ! cmp -s "$top_srcdir/$file" "$tmp/plugin.c"; then
	fail "virtio-poll-plugins.7 does not show $file (-) as it is:"
	diff -u "$top_srcdir/$file" "$tmp/plugin.c" | sed 1,2d | head -n 20 || :
	printf '%s\n' "Put the file between 'begin' and 'end' there, each \\ written \\e."
fi

echo "$n prototypes, $structures structures, $examples examples"
exit $failed
