#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Prints what a block-like request costs: 16 readable bytes, 4 KiB writable, a
# writable status byte; queue of 1024. Instructions are those of the library
# alone, counted by callgrind, so they repeat exactly; rates do not.
#
# Runs in the top build folder, through ./run; see `make bench`.

set -eu
program=tests/bench/bench-requests
requests=25600
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# instructions HOW BATCH REQUESTS FEATURES MEMORY: of the data calls, together
instructions() {
	./libtool --mode=execute valgrind --tool=callgrind \
		--callgrind-out-file="$work/out" \
		--toggle-collect='virtqueue_*' --toggle-collect='virtio_recv_pkts' \
		"$program" "$1" "$2" "$3" "$4" "$5" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		exit 1
	}
	sed -n 's/^totals: //p' "$work/out"
}

# cost HOW BATCH FEATURES MEMORY: of one request; what starting up costs, and
# meeting a place for the first time, falls out of the difference of two runs.
cost() {
	few=$(instructions "$1" "$2" "$requests" "$3" "$4")
	many=$(instructions "$1" "$2" $((requests * 2)) "$3" "$4")
	echo $(((many - few + requests / 2) / requests))
}

# row TEXT HOW FEATURES MEMORY
row() {
	printf '%-38s' "$1"
	for batch in ${BATCHES:-1 8 32 128}; do
		printf '%8s' "$(cost "$2" "$batch" "$3" "$4")"
	done
	printf '\n'
}

# The same request where the device sees memory at other addresses.
translated() {
	printf '%s\n' "$1"
	row '  IOVA: one region, at an offset' "$2" "$3" iova
	row '  IOVA: each in another of 500 regions' "$2" "$3" regions
	row '  pages: each in another of 512' "$2" "$3" pages
	row '  pages: all in the same' "$2" "$3" near-pages
}

if command -v valgrind >/dev/null; then
	printf '%-38s%8s%8s%8s%8s\n' 'instructions per request' B=1 B=8 B=32 B=128
	row 'start, 3 adds, flush, recv: direct' five 0 identity
	row '  with indirect tables' five 10000000 identity
	row '  with indirect tables, event index' five 30000000 identity
	row 'submit, flush, recv: direct' submit 0 identity
	row '  with indirect tables' submit 10000000 identity
	row '  with indirect tables, event index' submit 30000000 identity
	translated 'start, 3 adds, flush, recv: direct' five 0
	translated 'submit, flush, recv: indirect tables' submit 10000000
else
	echo 'instructions per request: valgrind is not installed'
fi
tests/bench/bench-threads
