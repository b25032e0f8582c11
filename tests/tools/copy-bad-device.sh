#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device that breaks the rules, or dies, ends the copy with a sentence, which has
# the rule.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
for fault in id-range id-idle id-twice idx-jump idx-back die; do
	try 1 copy --timeout 1 loopback:blk,fault=$fault:10 target
	test -s err || fail "no sentence for $fault"
done
try 1 copy --timeout 1 loopback:blk,fault=id-range:10 target
has err ': loopback:blk,fault=id-range:10: the device broke a rule .*: .* completed descriptor'
try 0 copy loopback:blk,fault=len-over target
