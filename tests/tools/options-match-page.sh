#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Each option of --help is in the manual page, and the other way round.

. "$(dirname "$0")/functions.sh"

page=$top_srcdir/man/virtio-poll-ctl.1

# The options that the page describes below the heading of a command.
page_options () {
	awk -v command="$1" '
		/^\.S[sh] / { here = ($1 == ".Ss" && $2 == command) }
		here && /^\.It Fl \\-/ { sub(/\\-/, "", $3); print "--" $3 }' "$page" | sort
}

# Those that --help prints, the common ones apart.
help_options () {
	virtio-poll-ctl "$1" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' |
		grep -v -x -e --json -e --help | sort
}

for c in $(virtio-poll-ctl --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
	grep -q "^\.Ss $c\( \|\$\)" "$page" || fail "the page has no section $c"
	described=$c
	test $c != info || described=probe	# which says that they are the same
	page_options $described >page
	help_options $c >help
	diff page help >out || fail "$c: page (<) and --help (>) differ"
done
for c in $(sed -n 's/^\.Ss \([a-z]*\).*/\1/p' "$page"); do
	try 0 help "$c"
done
