#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# bash completes commands, options, their values, addresses and their options.

. "$(dirname "$0")/functions.sh"

needs bash
needs_backend loopback
needs_backend vhost-user

cat >complete <<'END'
# complete LINE: what could come next, a line each
set -u
. "$1/bash-completion/virtio-poll-ctl"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
_virtio_poll_ctl virtio-poll-ctl
test ${#COMPREPLY[@]} = 0 || printf '%s\n' "${COMPREPLY[@]}"
END

# completes LINE WORD...: these are among what could come next.
completes () {
	line=$1
	shift
	bash complete "$top_srcdir" "virtio-poll-ctl $line" >out 2>err || fail "'$line'"
	test ! -s err || fail "'$line' says something"
	for word; do
		grep -qxF -e "$word" out || fail "'$line' does not offer '$word'"
	done
}

# completes_only LINE WORD...: just these.
completes_only () {
	completes "$@"
	shift
	test "$(wc -l <out)" = $# || fail "'$line' offers other things as well"
}

# Commands and options: all that --help tells.
completes '' $(virtio-poll-ctl --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
completes_only co copy
for c in list info probe copy bench doctor bind unbind features selftest; do
	completes "$c -" $(virtio-poll-ctl $c --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
done
completes_only 'help fea' features

# Values.
completes_only 'bench --rw ' read write randread randwrite
completes_only 'bench --rw=rand' randread randwrite
completes_only 'bind --driver n' none
completes 'probe --type b' block balloon
for t in $(bash -c '. "$1/bash-completion/virtio-poll-ctl"; _virtio_poll_ctl_types' sh \
		"$top_srcdir"); do
	try 0 features 1 --type "$t"
done

# Addresses, and files where one can stand.
completes 'info ' loopback: vhost-user:
virtio-poll-ctl list | sed -n 's/^\(pci:[^ ]*\) .*/\1/p' >addresses
completes 'info ' $(cat addresses)
test ! -s addresses || completes 'bind pci:' $(sed 's/^pci://' addresses)
completes_only 'probe loopback:' blk null
: >image
completes_only 'copy ima' image
completes_only 'probe ima'

# Folders go on, and names are as the shell wants them.
mkdir folder 'two words'
: >'folder/a file'
completes_only 'copy fol' folder/
completes_only 'copy folder/' 'folder/a\ file'
completes_only 'copy tw' 'two\ words/'
completes_only 'probe loopback:blk,file=fol' folder/

# Sockets by their name, and folders on the way to them.
mkdir run
serve run/disk.sock 1 on driver=null-co,node-name=disk
: >run/disk.log
completes_only 'probe vhost-user:ru' run/
completes_only 'probe vhost-user:run/d' run/disk.sock

# Options behind a comma: those of the pages.
completes_only 'probe loopback:blk,si' blk,size= blk,size-max=
completes_only 'copy loopback:blk,size=1M,fault=id-t' id-twice
completes_only 'probe vhost-user:run/disk.sock,ty' run/disk.sock,type=
completes_only 'probe loopback:blk,file=im' image
for b in loopback pci vhost-user; do
	completes "probe $b:x,i" x,indirect=
	completes "probe $b:x,ev" x,event-idx=
done
for b in loopback pci vhost-user; do
	sed -n 's/^\.It [CS][my] \([a-z-]*\)\( Ns = .*\)*$/\1/p' \
		"$top_srcdir/man/virtio-poll-$b.7" | grep -v '^[a-z]*:' >page
	bash -c '. "$1/bash-completion/virtio-poll-ctl"; _virtio_poll_ctl_keys "$2"' sh \
		"$top_srcdir" $b | tr ' ' '\n' | sed 's/=$//' >offered
	grep -vx -e timeout -e indirect -e event-idx offered >own
	while read -r key; do
		grep -qx -e "$key" page || grep -q "Cm $key Ns" "$top_srcdir/man/virtio-poll-$b.7" ||
			fail "the page of $b has no option $key"
	done <own
	sed -n 's/^\.It [CS][my] \([a-z-]*\) Ns = .*/\1/p' "$top_srcdir/man/virtio-poll-$b.7" |
		while read -r key; do
			grep -qx -e "$key" offered || { echo "$b: $key is not offered"; exit 1; }
		done >out || fail 'an option of the page is not offered'
done
