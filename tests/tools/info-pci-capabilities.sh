#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# info decodes the capabilities, hostile ones too, and never reads the access window.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
pci_function 0000:00:02.0 0x1042
c=sys/bus/pci/devices/0000:00:02.0/config
put_bytes $c 6 '\020'				# there is a capability list
put_bytes $c 52 '\100'				# at 0x40
put_bytes $c 64 '\011\120\020\001\004\000\000\000\000\020\000\000\070\000\000\000'
put_bytes $c 80 '\011\144\024\002\002\000\000\000\000\060\000\000\000\020\000\000\004\000\000\000'
put_bytes $c 100 '\011\200\024\005\000\000\000\000\000\000\000\000\004\000\000\000'
put_bytes $c 128 '\011\100\030\010\004\007\000\000\000\000\000\000\000\000\000\000'
put_bytes $c 144 '\001\000\000\000\002\000\000\000'
try 0 info pci:0000:00:02.0 --json
json '.capabilities | length == 48'		# the list runs in a circle
json '.capabilities[0] == {type: "common", bar: 4, offset: 4096, length: 56, id: 0,
	notify_multiplier: null}'
json '.capabilities[1].notify_multiplier == 4'
json '.capabilities[2].type == "pci-access" and .capabilities[2].bar == null'
json '.capabilities[3].offset == 4294967296 and .capabilities[3].id == 7'
put_bytes $c 129 '\000'
try 0 info pci:0000:00:02.0 --json
json '.capabilities | length == 4'

command -v strace >/dev/null || exit 0
# The tool itself ends well, so it is strace (or a sanitizer below it) if this fails.
$fake strace -f -e trace=pread64 -o "$tmp/trace" virtio-poll-ctl info pci:0000:00:02.0 \
	>out 2>err || exit 0
# Its data word stands at 100 + 16.
! grep -q ', 11[67])' trace || fail "$(cat trace)"
grep -q ', 100)' trace || fail 'the capability itself was not read'
