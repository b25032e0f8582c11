#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The page tells the exit statuses of each command, and they are these.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
sed -n 's/^\.It \([a-z]*\) Ta \([0-9, ]*\) Ta.*/\1 \2/p' "$top_srcdir/man/virtio-poll-ctl.1" |
	tr -d , >page

# ends STATUS COMMAND...: that is how it ends, and the page knows.
ends () {
	try "$@"
	grep -q "^$2 \(.* \)\?$1\( \|\$\)" page || fail "the page has no status $1 for $2"
}

for c in $(virtio-poll-ctl --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
	ends 2 $c --no-such-option
	ends 2 $c a b c d
	ends 0 $c --help
done
ends 0 features 1
ends 2 features xyz
ends 0 backends
ends 0 help
ends 2 help nothing
ends 0 selftest
ends 0 probe loopback:blk
ends 0 info loopback:blk
ends 0 bench loopback:null --runtime 0.05
ends 0 copy loopback:blk,size=64K target
ends 2 copy target target
ends 2 bench --rw write loopback:null
for c in info probe bench doctor; do
	ends 2 $c nonsense
	ends 1 $c vhost-user:./nothing
done
ends 2 probe loopback:blk,nonsense=1
ends 1 copy vhost-user:./nothing target
ends 1 copy ./nothing loopback:blk
ends 1 bench loopback:blk,fault=die:3
for c in bind unbind; do
	ends 2 $c nonsense
	ends 1 $c --dry-run pci:ffff:ff:1f.7
done
