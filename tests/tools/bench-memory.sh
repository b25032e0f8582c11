#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Jobs that need more memory than bench takes are wrong usage, and named.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
try 2 bench --numjobs 256 --bs 64M loopback:null,num-queues=256
has err 'numjobs=256' 'bs=67108864' '1024 MiB'
try 2 bench --numjobs 17 --bs 64M loopback:null,num-queues=256
