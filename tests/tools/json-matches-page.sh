#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Every member that --json prints is in the page, of a kind that the page says;
# every member of the page is printed.

. "$(dirname "$0")/functions.sh"

needs jq
needs_backend loopback
needs_backend vhost-user
needs_backend pci
page=$top_srcdir/man/virtio-poll-ctl.1

# documented HEADING: PATH and kinds, "a or b", a line each.
documented () {
	awk -v heading="^[.]Ss JSON of $1" '
		/^[.]S[sh] / { here = $0 ~ heading }
		here && /^[.]It Va / { path = $3; sub(/.* Pq /, ""); print path "\t" $0 }' "$page"
}

# printed: the same of what stands in out; what types and backends name is theirs.
printed () {
	jq -r 'paths as $p | [($p | map(if type == "number" then "[]" else "." + . end) |
		add | ltrimstr(".")), (getpath($p) | type)] | @tsv' out | sort -u |
		grep -v -e '^schema	' -e '^virtio\.' -e '^kernel\.' -e '^reasons\.' \
			-e '^config\.[a-z_]*	[ns]' -e '^config\.meanings\.' -e '\[\]	object$'
}

# matches: what stands in out against the page's members in `page`.
matches () {
	printed >printed
	cat printed >>all
	awk -F '\t' 'NR == FNR { kinds[$1] = " or " $2 " or "; next }
		!($1 in kinds) { print $1 " is not in the page"; bad = 1; next }
		!index(kinds[$1], " or " $2 " or ") { print $1 " is " $2 ", not" kinds[$1]; bad = 1 }
		END { exit bad }' page printed >cmp || fail "$1"
}

# complete: and all of the page has been printed by the calls since the last time.
complete () {
	cut -f 1 all | sort -u >seen
	cut -f 1 page | sort -u | grep -vxF -f seen >cmp
	test ! -s cmp || fail "$1: members of the page that nothing prints"
	: >all
}

# of HEADING
of () {
	documented "$1" >page
	test -s page || fail "the page has no JSON of $1"
}

# is COMMAND...: its report matches.
is () {
	$fake virtio-poll-ctl "$@" --json >out 2>err </dev/null
	status=$?
	test $status -lt 2 || fail "'$*' ends with $status"
	json true
	matches "$*"
}

: >all
of probe
is probe loopback:blk
is info loopback:null
serve sock 2 on driver=null-co,node-name=disk
is probe vhost-user:sock
complete probe

of backends
is backends
complete backends

of copy
is copy loopback:blk,size=64K target
is copy --verify target loopback:blk,size=64K
complete copy

of bench
is bench --runtime 0.1 loopback:null
complete bench

of features
is features 103 --type block
is features 103
complete features

of selftest
is selftest
complete selftest

# On a machine that has devices, and has nothing of this one.
fake_machine
pci_function 0000:00:05.0 0x1044 virtio-pci
pci_function 0000:00:06.0 0x1042 vfio-pci
in_group "$f" 7
of list
is list
complete list

of doctor
is doctor
is doctor 0000:00:06.0
complete doctor

of 'bind and unbind'
is bind --dry-run --driver none 0000:00:05.0
is unbind --dry-run 0000:00:06.0
complete 'bind and unbind'

of probe
grep -v -e '^server_family' -e '^quirks' -e '^protocol_features' page >shared
of 'info for PCI'
cat shared >>page
is info 0000:00:05.0
is info 0000:00:06.0
grep -v '\.' page | grep -v '\[\]' >top && mv top page
complete 'info for PCI devices'
