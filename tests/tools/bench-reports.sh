#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# bench reports requests, throughput and ordered percentiles.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend loopback
for rw in read randread; do
	try 0 bench --json --runtime 0.2 --rw $rw loopback:blk
	json '.requests > 0 and .iops > 0 and .rw == "'$rw'"'
	json '.latency | keys_unsorted == ["min_ns", "mean_ns", "p50_ns", "p90_ns", "p99_ns", "p99.9_ns",
		"max_ns"]'
	json '[.latency | del(.mean_ns)[]] | . == sort'
done
try 0 bench --runtime 0.2 --numjobs 2 --bs 64K --iodepth 1000 loopback:null,num-queues=2
has out '^iops  ' '^  p99.9  '
try 1 bench --numjobs 3 loopback:null,num-queues=2
has err 'numjobs=2'
try 1 bench loopback:blk,size=1024
