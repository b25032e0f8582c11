#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A plugin and a program that were compiled with the headers of the oldest
# release, kept in 0.1.0/, work with this library.

set -eu
: "${top_srcdir:?is set by ./run}" "${top_builddir:?is set by ./run}" "${CC:=cc}"

old=$top_srcdir/tests/abi/0.1.0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# bare FILE: without comments and empty lines.
bare()
{
	tr '\n' '\001' <"$1" |
		sed -E 's,/\*[^*]*\*+([^/*][^*]*\*+)*/,,g' |
		tr '\001' '\n' | sed -e 's/[[:space:]]*$//' -e '/^$/d'
}

# Until that release is out, "kept" means equal.
if grep -q 'VIRTIO_POLL_VERSION "0\.1\.0"' "$top_builddir/include/virtio-poll/version.h"; then
	for header in "$old"/include/virtio-poll/*.h; do
		now=$top_srcdir/include/virtio-poll/${header##*/}
		test -e "$now" || now=$top_builddir/include/virtio-poll/${header##*/}
		bare "$header" >"$tmp/old"
		bare "$now" >"$tmp/now"
		diff "$tmp/old" "$tmp/now" || {
			echo "FAIL: this is 0.1.0 and its ${header##*/} is another (>)." \
				"Before the release: cp $now $header"
			exit 1
		}
	done
fi

flags="${VP_SANITIZERS:+-fsanitize=$VP_SANITIZERS} -std=gnu11 -Wall -Wextra -Werror"
flags="$flags -I$old/include"
mkdir -m 755 "$tmp/plugins"
$CC $flags -shared -fPIC -o "$tmp/plugins/oldest.so" "$old/plugin.c" \
	-L"$top_builddir/lib/.libs" -lvirtio-poll
chmod 755 "$tmp/plugins/oldest.so"
$CC $flags -o "$tmp/program" "$old/program.c" -L"$top_builddir/lib/.libs" -lvirtio-poll

VIRTIO_POLL_PLUGIN_PATH=$tmp/plugins "$tmp/program"
