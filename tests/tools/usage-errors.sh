#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A wrong command line ends with 2 and a sentence that names what is wrong.

. "$(dirname "$0")/functions.sh"

try 2
has err 'which command'
try 2 nonsense
has err "unknown command 'nonsense'"
try 2 --nonsense
has err "unknown option '--nonsense'"
try 2 help nonsense
try 2 list --nonsense
has err '^virtio-poll-ctl: list: unknown option --nonsense'
try 2 list extra
has err 'too many arguments'
try 2 info
has err 'too few arguments'
try 2 info --json=yes pci:00:00.0
has err 'takes no value'
try 2 copy --bs
has err '^virtio-poll-ctl: copy: --bs needs a value'
try 2 copy --bs=1000 loopback:null file
has err 'multiple of 512'
try 2 copy --iodepth=0 loopback:null file
has err 'iodepth=0: use 1 to 4096'
try 2 copy --bs=99999999999999999999K loopback:null file
try 2 copy --timeout=-1 loopback:null file
try 2 bench --rw=sideways loopback:null
has err 'use read, write, randread, randwrite'
try 2 probe --type=toaster loopback:null
has err 'type=toaster'
test ! -s out || fail 'standard output is not for errors'
