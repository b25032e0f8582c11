#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device that breaks the rules, asks for a reset, goes away or falls silent
# means errors for all clients, with the reason in the log, and no hang.

. "$(dirname "$0")/nbdkit-functions.sh"

needs_loopback
needs_fio

# bad FAULT REASON [PARAMETER...]
bad () {
	fault=$1 reason=$2
	shift 2
	for options in num-queues=1 num-queues=1,thread num-queues=4,thread; do
		serve_nbd "loopback:blk,$options,fault=$fault" "$@"
		refused fio --name=load --ioengine=nbd --uri="$uri" --size=16M --numjobs=2 \
			--rw=randrw --bs=16k --iodepth=16 --output-format=terse
		grep -q "$reason" nbdkit.log || fail "$fault: nbdkit says $(cat nbdkit.log)"
		end_nbd complaining
	done
}

bad id-range:300 'broke a rule'
bad idx-jump:300 'broke a rule'
bad die:300 'gone'
bad needs-reset:300 'asks for a reset'
bad silent:300 'does not answer' timeout=1
