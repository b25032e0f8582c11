#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# However long a path is, its end and what went wrong are told.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
short=$(printf '%0100d' 0 | tr 0 a)
long=$short
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	long=$long/$short
done
try 1 copy $long/end loopback:null
has err "cannot open '\.\.\.a.*/end': No such file or directory"
try 1 copy loopback:null $long/end
has err "cannot open '\.\.\.a.*/end': No such file or directory"
try 1 probe loopback:blk,file=$long/end
has err 'file=\.\.\.a.*/end cannot be opened for reading and writing: No such file or directory'
try 1 probe loopback:blk,file=$short
has err "file=$short cannot be opened"
try 2 probe loopback:blk,size=1M,file=$long
has err 'file= goes with loopback:blk and without size='
