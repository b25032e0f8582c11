#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Nothing from outside can give a terminal commands.

. "$(dirname "$0")/functions.sh"

LC_ALL=C
export LC_ALL
# ESC, DEL, U+009B and U+0080; U+00E9 is a letter.
try 1 probe "$(printf 'x\033\177\302\233\302\200\303\251:y')"
has err "$(printf '"x..????\303\251"')"
has_not err "$(printf '[\033\177]')"
has_not err "$(printf '\302[\200-\237]')"
# No UTF-8: 0x9b alone, a character that is cut off, and one that is none.
try 1 probe "$(printf 'x\233\342\202a\377:y')"
has err '"x???a?"'
needs_backend loopback
try 0 copy loopback:blk,size=512 "$(printf 'x\033\302\233y')"
has out '^target  *x???y$'
try 0 copy loopback:blk,size=512 "$(printf 'z\233\303\251')"
has out "$(printf '^target  *z?\303\251$')"
